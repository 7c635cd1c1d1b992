"""Which codecs and rates are copied, and which encoded anew: each entry of the table is written and listened to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from reenact.video.sound import Sound
from reenact.video.sound_codecs import COPIED, ENCODED, encoded_rate, is_as_named
from tests.support.hearing import hear
from tests.support.media import ffmpeg
from tests.support.sounds import PITCH, listen, write_tone

ENCODERS = {"mp3": "libmp3lame", "opus": "libopus"}
# ISO/IEC 14496-3, table 1.18.
MPEG4_RATES = {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}


def packets(file: Path | object) -> list[bytes]:
    with av.open(str(file) if isinstance(file, Path) else file) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize(("codec", "rate"), [(codec, rate) for codec, rates in COPIED.items() for rate in sorted(rates)])
def test_every_codec_and_rate_of_the_table_is_taken_as_it_is(tmp_path, codec, rate):
    source = write_tone(tmp_path / "in.mov" if codec == "alac" else tmp_path / "in.mkv", ENCODERS.get(codec, codec), rate, onset=0.5)
    with Sound(source) as sound:
        file = sound.until(Fraction(9))
        assert packets(file) == packets(source)
        file.seek(0)
        heard = listen(file)
    assert (heard.codec, heard.rate) == (codec, rate)
    assert heard.onset == pytest.approx(0.5, abs=0.01)
    assert heard.pitch(0.6, 0.9) == pytest.approx(PITCH, abs=3)


def test_the_table_holds_every_rate_that_aac_has():
    assert COPIED["aac"] == MPEG4_RATES


@pytest.mark.parametrize("rate", ENCODED)
def test_every_rate_that_sound_is_encoded_at_is_one_of_aac(tmp_path, rate):
    heard = hear(write_tone(tmp_path / "in.mkv", "pcm_s16le", rate, onset=0.5))
    assert (heard.codec, heard.rate) == ("aac", rate) and rate in MPEG4_RATES
    assert heard.onset == pytest.approx(0.5, abs=0.01)
    assert heard.pitch(0.6, 0.9) == pytest.approx(PITCH, abs=3)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (4000, 8000), (6000, 8000), (8001, 11025), (22254, 24000), (37800, 44100), (47999, 48000), (48001, 48000), (50000, 48000),
        (64000, 48000), (88200, 44100), (96000, 48000), (176400, 44100), (192000, 48000), (384000, 48000), (2822400, 44100),
    ],
)  # fmt: skip
def test_other_rates_become_the_next_that_players_take(tmp_path, rate, expected):
    assert encoded_rate(rate) == expected
    heard = hear(write_tone(tmp_path / "in.mkv", "pcm_s16le", rate, "mono", onset=0.5))
    assert heard.rate == expected
    assert heard.onset == pytest.approx(0.5, abs=0.01)
    assert heard.pitch(0.6, 0.9) == pytest.approx(PITCH, abs=3)


# What MP4 does not take, or not at this rate: encoder, file, rate.
OTHERS = [
    ("libmp3lame", "in.avi", 8000), ("libmp3lame", "in.avi", 11025), ("libmp3lame", "in.mkv", 12000), ("mp2", "in.ts", 48000),
    ("vorbis", "in.mkv", 44100), ("flac", "in.mkv", 96000), ("flac", "in.avi", 48000), ("wavpack", "in.mkv", 44100),
    ("adpcm_ms", "in.avi", 44100), ("adpcm_ima_wav", "in.avi", 44100), ("pcm_u8", "in.avi", 8000), ("pcm_s24le", "in.mov", 48000),
    ("pcm_f32be", "in.mov", 48000), ("pcm_f64le", "in.mov", 48000), ("pcm_alaw", "in.mov", 8000), ("pcm_mulaw", "in.mov", 8000),
    ("tta", "in.mkv", 44100), ("alac", "in.mov", 384000),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "name", "rate"), OTHERS)
@pytest.mark.parametrize("start", [0.0, 0.3])
def test_what_mp4_does_not_take_is_encoded_anew(tmp_path, codec, name, rate, start):
    heard = hear(write_tone(tmp_path / name, codec, rate, seconds=1.2, onset=0.6), start)
    assert heard.codec == "aac"
    assert heard.onset == pytest.approx(0.6 - start, abs=0.02 + 1200 / rate)  # MP3 and MP2 run in so many samples
    assert heard.pitch(0.75 - start, 1.1 - start) == pytest.approx(PITCH, abs=3)


def test_a_rare_profile_of_aac_is_encoded_anew(tmp_path):
    plain, rare = write_tone(tmp_path / "plain.adts", "aac"), tmp_path / "rare.adts"
    data = bytearray(plain.read_bytes())
    at = 0
    while at < len(data):
        data[at + 2] &= 0x3F  # profile 0: AAC Main, which without prediction reads as AAC LC
        at += ((data[at + 3] & 3) << 11) | (data[at + 4] << 3) | (data[at + 5] >> 5)
    rare.write_bytes(data)
    for path in (plain, rare):
        ffmpeg("-i", path, "-c", "copy", path.with_suffix(".ts"))
    with Sound(plain.with_suffix(".ts")) as sound, Sound(rare.with_suffix(".ts")) as other:
        assert packets(sound.until(Fraction(9))) != packets(other.until(Fraction(9)))
        assert listen(other.until(Fraction(9))).pitch(0.2, 0.9) == pytest.approx(PITCH, abs=3)


def test_latm_is_encoded_anew(tmp_path):
    ffmpeg("-i", write_tone(tmp_path / "in.mkv", "aac", onset=0.5), "-c", "copy", "-mpegts_flags", "latm", tmp_path / "in.ts")
    heard = hear(tmp_path / "in.ts")
    assert heard.codec == "aac" and heard.pitch(0.6, 0.9) == pytest.approx(PITCH, abs=3)


@pytest.mark.parametrize(
    ("codec", "packet", "named"),
    # The second byte's bits 2 and 1 are the layer: 01 is III, 10 is II (ISO/IEC 11172-3, 2.4.2.3).
    [("mp3", "fffb9064", True), ("mp3", "fff39064", True), ("mp3", "fffd9064", False), ("mp3", "ff", False), ("aac", "fffd9064", True)],
)
def test_layer_two_under_the_name_of_mp3_is_told_by_its_header(codec, packet, named):
    assert is_as_named(av.CodecContext.create(codec, "r"), bytes.fromhex(packet)) == named
