from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reenact.video.decode import frames
from reenact.video.sound import Sound
from reenact.video.timed_write import TimedWriter
from tests.support.media import ffmpeg, ffprobe

SIZE = (96, 64)
BASE = Fraction(1, 1000)


def streams(path: Path) -> dict[str, dict]:
    return {stream["codec_type"]: stream for stream in ffprobe(path)["streams"]}


def write(path: Path, stamps: list[int], *, source: Path | None = None, start: float = 0.0, last: int = 40) -> None:
    """Grey frames, each a little lighter, at these milliseconds."""
    sound = None if source is None else Sound(source, start)
    ends = [*stamps[1:], stamps[-1] + last]
    with TimedWriter(path, SIZE, BASE, Fraction(25), comment="made up", sound=sound) as video:
        for number, (stamp, end) in enumerate(zip(stamps, ends, strict=True)):
            video.write(np.full((SIZE[1], SIZE[0], 3), 40 + number % 180, np.uint8), stamp, end - stamp)


def onset(path: Path) -> float:
    """The second at which a video's sound sets in."""
    samples = np.frombuffer(ffmpeg("-i", path, "-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"), np.int16)
    return float(np.argmax(np.abs(samples) > 3000)) / 8000


@pytest.fixture
def driver(tmp_path: Path):
    """A driver of three seconds whose sound is a tone from second 1 on."""

    def make(codec: str, name: str) -> Path:
        path = tmp_path / name
        tone = "aevalsrc='0.5*gte(t,1)*sin(880*2*PI*t)':s=44100:d=3"
        options = ["-c:v", "libx264", "-c:a", codec, "-ac", "2", "-strict", "experimental"]
        ffmpeg("-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=3", "-f", "lavfi", "-i", tone, *options, path)
        return path

    return make


def test_frames_keep_their_times_and_the_last_its_length(tmp_path):
    stamps = [0, 40, 41, 133, 400, 433, 900, 1000, 1700]
    write(tmp_path / "out.mp4", stamps, last=250)
    found = ffprobe(tmp_path / "out.mp4", "-show_entries", "frame=pts_time")
    assert [float(frame["pts_time"]) for frame in found["frames"]] == pytest.approx([stamp / 1000 for stamp in stamps], abs=1e-4)
    assert float(found["format"]["duration"]) == pytest.approx(1.95, abs=0.01)


def test_a_first_frame_after_second_zero_stays_there(tmp_path):
    write(tmp_path / "out.mp4", [200, 240, 280])
    assert float(streams(tmp_path / "out.mp4")["video"]["start_time"]) == pytest.approx(0.2, abs=0.002)


def test_the_file_plays_everywhere_and_says_what_it_is(tmp_path):
    write(tmp_path / "out.mp4", [0, 40, 80])
    found = ffprobe(tmp_path / "out.mp4")
    (video,) = found["streams"]
    assert (video["codec_name"], video["pix_fmt"], video["width"], video["height"]) == ("h264", "yuv420p", *SIZE)
    assert (video["color_space"], video["color_range"]) == ("bt709", "tv")
    assert found["format"]["tags"]["comment"] == found["format"]["tags"]["description"] == "made up"
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_colours_come_back(tmp_path):
    colours = [(200, 30, 40), (30, 180, 60), (40, 50, 220), (128, 128, 128)]
    with TimedWriter(tmp_path / "out.mp4", SIZE, Fraction(1, 25), Fraction(25), crf=1) as video:
        for number, colour in enumerate(colours):
            video.write(np.full((SIZE[1], SIZE[0], 3), colour, np.uint8), number, 1)
    for colour, frame in zip(colours, frames(tmp_path / "out.mp4"), strict=True):
        assert np.abs(frame.rgb().mean(axis=(0, 1)) - colour).max() < 3


def test_the_same_frames_and_sound_give_the_same_bytes(tmp_path, driver):
    source = driver("pcm_s16le", "driver.mkv")
    for name in ("one.mp4", "two.mp4"):
        write(tmp_path / name, list(range(0, 800, 40)), source=source)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize(
    ("codec", "name", "expected"),
    [
        ("aac", "driver.mp4", "aac"),
        ("aac", "driver.ts", "aac"),
        ("mp3", "driver.avi", "mp3"),
        ("pcm_s16le", "driver.mkv", "aac"),
        ("vorbis", "driver.webm.mkv", "aac"),
    ],
)
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_sound_keeps_its_place(tmp_path, driver, codec, name, expected, start):
    source = driver(codec, name)
    write(tmp_path / "out.mp4", list(range(0, 1600, 40)), source=source, start=start)
    audio = streams(tmp_path / "out.mp4")["audio"]
    assert audio["codec_name"] == expected
    assert float(audio["start_time"]) + float(audio["duration"]) == pytest.approx(1.6, abs=0.06)
    assert onset(tmp_path / "out.mp4") == pytest.approx(1 - start, abs=0.03)


def test_what_mp4_can_hold_is_copied_bit_for_bit(tmp_path, driver):
    source = driver("aac", "driver.mp4")
    write(tmp_path / "out.mp4", list(range(0, 3000, 40)), source=source)
    first, second = (ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", "adts", "-") for path in (source, tmp_path / "out.mp4"))
    assert len(second) > 15_000 and first.startswith(second[:-2000])


def test_a_driver_without_sound_gives_a_silent_file(tmp_path):
    silent = tmp_path / "silent.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=0.4", silent)
    write(tmp_path / "out.mp4", [0, 40], source=silent)
    assert set(streams(tmp_path / "out.mp4")) == {"video"}


def test_damaged_packets_of_the_sound_are_left_out(tmp_path, driver, caplog):
    source = driver("ac3", "driver.mkv")
    parts = source.read_bytes().split(b"\x0b\x77")  # AC-3 packets begin so
    assert len(parts) > 40
    source.write_bytes(
        b"".join(part + (b"\0\0" if number in (7, 20) else b"\x0b\x77") for number, part in enumerate(parts[:-1])) + parts[-1]
    )
    write(tmp_path / "out.mp4", list(range(0, 2000, 40)), source=source)
    assert "driver.mkv: 2 damaged packets of the sound are left out" in caplog.text
    assert int(streams(tmp_path / "out.mp4")["video"]["nb_frames"]) == 50
    assert onset(tmp_path / "out.mp4") == pytest.approx(1, abs=0.08)


class Unusable(Sound):
    """Sound that turns out to be none when it is put to the pictures."""

    def until(self, end):
        return io.BytesIO(b"no video at all")


def test_whatever_fails_with_sound_the_pictures_are_whole(tmp_path, driver, caplog):
    write(tmp_path / "silent.mp4", list(range(0, 800, 40)))
    with TimedWriter(tmp_path / "out.mp4", SIZE, BASE, Fraction(25), comment="made up", sound=Unusable(tmp_path / "driver.mp4")) as video:
        for number, stamp in enumerate(range(0, 800, 40)):
            video.write(np.full((SIZE[1], SIZE[0], 3), 40 + number, np.uint8), stamp, 40)
    assert "driver.mp4: the sound is left out (Invalid data found" in caplog.text
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "silent.mp4").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "silent.mp4"]


def test_sound_leaves_pictures_as_they_are(tmp_path, driver):
    stamps = [200, 240, 241, 333, 600, 633, 1100]
    write(tmp_path / "silent.mp4", stamps, last=250)
    write(tmp_path / "heard.mp4", stamps, last=250, source=driver("pcm_s16le", "driver.mkv"))
    silent, heard = (ffprobe(tmp_path / name, "-show_packets") for name in ("silent.mp4", "heard.mp4"))
    kept = ("pts_time", "dts_time", "duration_time", "size", "flags")
    first, second = (
        [[packet[key] for key in kept] for packet in found["packets"] if packet["codec_type"] == "video"] for found in (silent, heard)
    )
    assert first == second and len(first) == len(stamps)
    videos = [
        {key: value for key, value in streams(tmp_path / name)["video"].items() if key != "bit_rate"}
        for name in ("silent.mp4", "heard.mp4")
    ]
    assert videos[0] == videos[1]
    assert silent["format"]["tags"] == heard["format"]["tags"]
    data = (tmp_path / "heard.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    found = streams(tmp_path / "heard.mp4")["audio"]
    assert float(found["start_time"]) == pytest.approx(0, abs=0.001)
    assert onset(tmp_path / "heard.mp4") == pytest.approx(1, abs=0.01)


def test_a_failure_leaves_no_file(tmp_path):
    with pytest.raises(RuntimeError), TimedWriter(tmp_path / "out.mp4", SIZE, BASE, Fraction(25)) as video:
        video.write(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), 0, 40)
        raise RuntimeError
    with pytest.raises(ValueError, match="must be uint8"), TimedWriter(tmp_path / "out.mp4", SIZE, BASE, Fraction(25)) as video:
        video.write(np.zeros((9, 9, 3), np.uint8), 0, 40)
    assert list(tmp_path.iterdir()) == []
