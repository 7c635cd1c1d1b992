"""Sound that MP4 files cannot hold as it is, and where it begins."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reenact.video.sound import Sound
from reenact.video.timed_write import TimedWriter
from tests.media import ffmpeg, ffprobe

# ISO/IEC 14496-3, table 1.18, but for 7350 Hz.
MPEG4_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000]


def source(path: Path, sound: str, *options: str) -> Path:
    """A second of pictures with a sound made by an expression."""
    picture = ["-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=1"]
    ffmpeg(*picture, "-f", "lavfi", "-i", sound, "-c:v", "libx264", "-bf", "0", *options, path)
    return path


def written(path: Path, sound: Path, start: float = 0.0, frames: int = 15) -> Path:
    """A second file with that sound, `frames` twenty-fifths of a second long."""
    with TimedWriter(path, (96, 64), Fraction(1, 1000), Fraction(25), sound=Sound(sound, start)) as video:
        for stamp in range(0, 40 * frames, 40):
            video.write(np.full((64, 96, 3), 90, np.uint8), stamp, 40)
    return path


def audio(path: Path) -> dict:
    return next(stream for stream in ffprobe(path)["streams"] if stream["codec_type"] == "audio")


def heard(path: Path, rate: int = 48000) -> np.ndarray:
    """The sound of a file as players give it, mono float in [-1, 1]."""
    samples = ffmpeg("-i", path, "-map", "0:a", "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", rate, "-f", "s16le", "-")
    return np.frombuffer(samples, np.int16) / 32768


def pitch(samples: np.ndarray, rate: int = 48000) -> float:
    """The strongest frequency, Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


@pytest.mark.parametrize("rate", MPEG4_RATES)
def test_rates_of_mpeg_4_are_kept(tmp_path, rate):
    sound = source(tmp_path / "in.mkv", f"sine=frequency=440:sample_rate={rate}:duration=1", "-c:a", "pcm_s16le")
    out = written(tmp_path / "out.mp4", sound)
    assert (audio(out)["codec_name"], int(audio(out)["sample_rate"])) == ("aac", rate)
    assert pitch(heard(out)[4800:24000]) == pytest.approx(440, abs=8)


@pytest.mark.parametrize("rate", [4000, 37800, 50000, 65000, 192000])
def test_other_rates_become_one_that_aac_has_and_keep_pitch_and_length(tmp_path, rate):
    sound = source(tmp_path / "in.mkv", f"sine=frequency=440:sample_rate={rate}:duration=1", "-c:a", "pcm_s16le")
    out = written(tmp_path / "out.mp4", sound)
    assert int(audio(out)["sample_rate"]) == 48000
    assert float(audio(out)["duration"]) == pytest.approx(0.6, abs=0.06)
    assert pitch(heard(out)[4800:24000]) == pytest.approx(440, abs=8)


@pytest.mark.parametrize(("given", "kept"), [("mono", 1), ("stereo", 2), ("5.1", 2)])
def test_mono_stays_mono_and_all_else_is_stereo(tmp_path, given, kept):
    sound = source(tmp_path / "in.mkv", "sine=frequency=440:duration=1", "-af", f"aformat=channel_layouts={given}", "-c:a", "pcm_s16le")
    assert audio(written(tmp_path / "out.mp4", sound))["channels"] == kept


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac"])
@pytest.mark.parametrize("start", [0.0, 0.36, 0.72])
def test_what_is_heard_at_second_zero_is_what_was_heard_at_the_start(tmp_path, codec, start):
    """A tone that rises by 4000 Hz a second, so that its pitch tells the time."""
    sound = source(tmp_path / "in.mkv", "aevalsrc='0.6*sin(2*PI*(400*t+2000*t*t))':s=48000:d=1", "-c:a", codec)
    samples = heard(written(tmp_path / "out.mp4", sound, start, frames=6))
    for second in (0.05, 0.15):
        part = samples[round((second - 0.02) * 48000) : round((second + 0.02) * 48000)]
        assert pitch(part) == pytest.approx(400 + 4000 * (start + second), abs=130)


def test_what_lies_before_a_files_second_zero_is_not_its_beginning(tmp_path):
    """A file whose sound begins at -0.2 s: what comes before second 0 is an encoder's run-up."""
    early = ["-output_ts_offset", "-0.2", "-avoid_negative_ts", "disabled"]
    sound = source(tmp_path / "in.mkv", "aevalsrc='0.5*gte(t,0.5)*sin(880*2*PI*t)':s=44100:d=1", "-c:a", "pcm_s16le", *early)
    assert float(ffprobe(sound)["format"]["start_time"]) == pytest.approx(-0.2, abs=0.01)
    samples = heard(written(tmp_path / "out.mp4", sound))
    assert np.argmax(np.abs(samples) > 0.1) / 48000 == pytest.approx(0.3, abs=0.03)


def test_small_steps_between_packets_are_closed_and_long_gaps_stay(tmp_path):
    """Containers round their times. A gap of 0.3 s in the sound is silence of 0.3 s."""
    gap = "aevalsrc='0.5*sin(880*2*PI*t)':s=48000:d=1,aselect='lt(t,0.2)+gte(t,0.5)'"
    samples = heard(written(tmp_path / "out.mp4", source(tmp_path / "in.mkv", gap, "-c:a", "pcm_s16le"), frames=25))
    loud = np.abs(samples)
    assert loud[4800:8600].max() > 0.3 and loud[11500:22000].max() < 0.05 and loud[26000:40000].max() > 0.3
