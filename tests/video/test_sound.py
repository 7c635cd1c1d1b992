"""Sound with any channels, joined, with gaps, late, damaged or missing, as an MP4 file that is listened to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from reenact.video import sound_track
from reenact.video.sound import Sound
from tests.support.hearing import hear
from tests.support.media import ffmpeg
from tests.support.sounds import PITCH, listen, moved, tone, write_tone


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6, 7, 8, 9, 16, 24, 32])
def test_any_number_of_channels_is_heard_at_a_sane_level(tmp_path, channels):
    samples = (np.repeat(tone(48000, 0.5)[:, None], channels, axis=1) * 65000).astype("<i2").tobytes()
    ffmpeg("-f", "s16le", "-ar", 48000, "-ac", channels, "-i", "-", "-c:a", "pcm_s16le", tmp_path / "in.mov", stdin=samples)
    heard = hear(tmp_path / "in.mov")
    assert len(heard.samples) == min(channels, 2)
    level = heard.level(0.1, 0.4)
    assert level.min() > 0.3 and level.max() < 1.1
    assert heard.pitch(0.1, 0.4) == pytest.approx(PITCH, abs=3)


@pytest.mark.parametrize("order", ["FR+FL", "LFE+FC+FR+FL+BR+BL"])
def test_channels_in_an_order_of_the_files_own_are_heard(tmp_path, order):
    sources = "|".join(f"c{number}=c0" for number in range(order.count("+") + 1))
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"sine=frequency={PITCH}:duration=0.5",
        "-af",
        f"pan={order}|{sources}",
        "-c:a",
        "pcm_s16le",
        tmp_path / "in.mov",
    )
    for _ in range(3):
        assert hear(tmp_path / "in.mov").pitch(0.1, 0.4) == pytest.approx(PITCH, abs=3)


def joined(folder: Path, codec: str, first: tuple[int, str], second: tuple[int, str], after: float = 1) -> Path:
    """A transport stream of a second of PITCH and another, an octave higher, in another form, `after` seconds later by its time."""
    parts = []
    for number, (rate, layout) in enumerate((first, second)):
        part = write_tone(folder / f"{number}.mkv", codec, rate, layout, pitch=PITCH * (1 + number))
        ffmpeg("-i", part, "-c", "copy", "-output_ts_offset", number * after, folder / f"{number}.ts")
        parts.append((folder / f"{number}.ts").read_bytes())
    (folder / "joined.ts").write_bytes(b"".join(parts))
    return folder / "joined.ts"


FORMS = [((48000, "stereo"), (48000, "mono")), ((48000, "mono"), (48000, "stereo")), ((32000, "stereo"), (48000, "stereo"))]


@pytest.mark.parametrize("codec", ["mp2", "aac", "ac3", "libmp3lame"])
@pytest.mark.parametrize(("first", "second"), FORMS)
def test_sound_that_changes_in_the_middle_is_heard_to_its_end(tmp_path, codec, first, second):
    heard = hear(joined(tmp_path, codec, first, second))
    assert (heard.codec, heard.rate, len(heard.samples)) == ("aac", 48000, 2)
    assert heard.pitch(0.2, 0.8) == pytest.approx(PITCH, abs=3)
    assert heard.pitch(1.2, 1.8) == pytest.approx(2 * PITCH, abs=3)
    assert heard.end == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("codec", ["mp2", "aac"])
@pytest.mark.parametrize("start", [0.0, 1.3])
def test_recordings_that_were_joined_are_heard_one_after_the_other(tmp_path, codec, start):
    parts = []
    for number in range(2):
        sound = write_tone(tmp_path / f"{number}.mkv", codec, pitch=PITCH * (1 + number), onset=0.5)
        pictures = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=1"]
        ffmpeg(*pictures, "-i", sound, "-c:a", "copy", tmp_path / f"{number}.ts")
        parts.append((tmp_path / f"{number}.ts").read_bytes())
    (tmp_path / "joined.ts").write_bytes(b"".join(parts))
    heard = hear(tmp_path / "joined.ts", start)
    assert heard.end == pytest.approx(2 - start, abs=0.1)
    assert heard.onset == pytest.approx(0.2 if start else 0.5, abs=0.1)  # pieces begin where the longest stream ends
    assert heard.pitch(1.65 - start, 1.95 - start) == pytest.approx(2 * PITCH, abs=5)
    assert heard.level(1.1 - start if not start else 0, 1.4 - start).max() < 0.02


def test_packets_without_times_follow_each_other(tmp_path, monkeypatch):
    def stampless(container, stream):
        for packet in container.demux(stream):
            packet.pts = packet.dts = None
            yield packet

    monkeypatch.setattr(sound_track, "_on_one_line", stampless)
    for codec in ("ac3", "pcm_s16le"):
        heard = hear(write_tone(tmp_path / f"{codec}.mkv", codec, onset=0.6))
        assert heard.onset == pytest.approx(0.6, abs=0.02)
        assert heard.end == pytest.approx(1, abs=0.04)


def with_tracks(folder: Path, *dispositions: str) -> Path:
    """A file of tracks of 200, 400, ... hertz with these dispositions."""
    inputs, options = [], []
    for number, disposition in enumerate(dispositions):
        inputs += ["-f", "lavfi", "-i", f"sine=frequency={200 * (number + 1)}:duration=0.5"]
        options += ["-map", number, f"-disposition:a:{number}", disposition]
    ffmpeg(*inputs, *options, "-c:a", "aac", folder / "tracks.mkv")
    return folder / "tracks.mkv"


@pytest.mark.parametrize(
    ("dispositions", "chosen"),
    [
        (("0", "default"), 1), (("default", "0"), 0), (("0", "default", "0"), 1), (("default+visual_impaired", "0"), 1),
        (("visual_impaired", "comment", "0"), 2), (("default+comment", "0"), 1), (("comment",), 0), (("visual_impaired",), 0),
        (("comment", "default+comment"), 1), (("0", "visual_impaired+default"), 0),
    ],
)  # fmt: skip
def test_the_track_that_players_take_is_taken(tmp_path, dispositions, chosen):
    assert hear(with_tracks(tmp_path, *dispositions)).pitch(0.1, 0.4) == pytest.approx(200 * (chosen + 1), abs=20)


def test_without_a_default_the_best_track_is_taken_as_ffmpeg_chooses(tmp_path):
    low, high = (write_tone(tmp_path / f"{pitch}.mkv", "ac3", pitch=pitch) for pitch in (300, 600))
    ffmpeg("-i", low, "-i", high, "-map", 0, "-map", 1, "-c:a:0", "copy", "-c:a:1", "ac3", "-b:a:1", "448k", tmp_path / "in.ts")
    with av.open(str(tmp_path / "in.ts")) as container:
        best = container.streams.best("audio").index
    assert hear(tmp_path / "in.ts").pitch(0.2, 0.8) == pytest.approx((300, 600)[best], abs=20)


@pytest.mark.parametrize("codec", ["aac", "ac3", "pcm_s16le"])
def test_a_gap_is_silent_and_what_follows_keeps_its_time(tmp_path, codec):
    source = write_tone(tmp_path / "in.mkv", codec, alter=lambda number, packet: moved(packet, 0.7) if number >= 20 else packet)
    begins = {"aac": 19 * 1024, "ac3": 20 * 1536 - 256, "pcm_s16le": 20 * 1024}[codec] / 48000
    heard = hear(source)
    assert heard.level(begins + 0.1, begins + 0.6).max() < 0.02
    assert heard.level(begins - 0.2, begins).min() > 0.4 and heard.level(begins + 0.75, begins + 0.9).min() > 0.4
    assert heard.end == pytest.approx(1.7, abs=0.05)


def test_sound_whose_time_begins_anew_goes_on(tmp_path):
    heard = hear(joined(tmp_path, "mp2", (48000, "stereo"), (48000, "stereo"), after=0.7))
    assert heard.end == pytest.approx(2.0, abs=0.05)
    assert heard.pitch(0.2, 0.9) == pytest.approx(PITCH, abs=3)
    assert heard.pitch(1.1, 1.9) == pytest.approx(2 * PITCH, abs=3)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le", "libopus"])
@pytest.mark.parametrize("late", [2.0, 5.0])
def test_sound_that_begins_later_stays_there_or_is_not_heard(tmp_path, codec, late):
    source = write_tone(tmp_path / "in.mkv", codec, alter=lambda number, packet: moved(packet, late))
    # Second 0 of a file is where its first stream begins: here the pictures'.
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=1", "-copyts", "-i", source, "-c:a", "copy", tmp_path / "both.mkv")
    heard = hear(tmp_path / "both.mkv", end=4.0)
    if late > 4:
        assert heard is None
    else:
        assert heard.onset == pytest.approx(late, abs=0.03)


def test_sound_is_cut_at_the_end_to_a_packet(tmp_path):
    for codec in ("aac", "pcm_s16le"):
        assert hear(write_tone(tmp_path / f"{codec}.mkv", codec), end=0.5).end == pytest.approx(0.5, abs=0.04)


def test_damaged_packets_are_silent_counted_and_move_nothing(tmp_path, caplog):
    def damage(number, packet):
        return packet if number not in (5, 6, 9) else broken(packet)

    heard = hear(write_tone(tmp_path / "in.mkv", "ac3", onset=0.7, alter=damage))
    assert "in.mkv: 3 damaged packets of the sound are left out" in caplog.text
    assert heard.onset == pytest.approx(0.7, abs=0.01)


def broken(packet):
    """A packet of the same length and time that no decoder takes."""
    other = av.Packet(b"\0" * packet.size)
    other.pts, other.dts, other.time_base, other.duration, other.stream = (
        packet.pts, packet.dts, packet.time_base, packet.duration, packet.stream,
    )  # fmt: skip
    return other


@pytest.mark.parametrize("codec", ["flac", "ac3"])
def test_sound_of_which_nothing_can_be_decoded_is_left_out(tmp_path, caplog, codec):
    source = write_tone(tmp_path / "in.mkv", codec, alter=lambda number, packet: packet if number < 1 else broken(packet))
    assert hear(source, start=0.5) is None
    assert "in.mkv: the sound is left out (none of its" in caplog.text


def test_a_codec_that_nothing_knows_is_left_out(tmp_path, caplog):
    source = write_tone(tmp_path / "in.mkv", "pcm_s16le")
    source.write_bytes(source.read_bytes().replace(b"A_PCM/INT/LIT", b"A_FUTURE/2050"))
    assert hear(source) is None
    assert "the sound is left out (no decoder is known for the sound of" in caplog.text


def test_a_file_that_is_gone_is_left_out(tmp_path, caplog):
    assert hear(tmp_path / "gone.mkv") is None
    assert "gone.mkv: the sound is left out" in caplog.text


def test_sound_that_cannot_be_read_on_ends_there(tmp_path, caplog, monkeypatch):
    def refusing(container, stream):
        """What demuxing does where the disk gives up."""
        for number, packet in enumerate(container.demux(stream)):
            if number == 24:
                raise av.error.OSError(5, "Input/output error")
            yield packet

    source = write_tone(tmp_path / "in.mkv", "pcm_s16le")
    monkeypatch.setattr(sound_track, "_on_one_line", refusing)
    heard = hear(source)
    assert "in.mkv: the sound ends at 0.51 s, as it cannot be read on (Input/output error)" in caplog.text
    assert heard.end == pytest.approx(0.51, abs=0.03)


def test_a_file_without_sound_is_no_fault(tmp_path, caplog):
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=0.2", tmp_path / "silent.mp4")
    assert hear(tmp_path / "silent.mp4") is None
    assert caplog.text == ""


def test_sound_is_made_once_for_all_outputs(tmp_path):
    with Sound(write_tone(tmp_path / "in.mkv", "flac")) as sound:
        file = sound.until(Fraction(1))
        assert sound.until(Fraction(1)) is file
        assert listen(sound.until(Fraction(1, 2))).end == pytest.approx(0.5, abs=0.04)
