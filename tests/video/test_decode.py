from __future__ import annotations

import json
import logging
import os
import subprocess
import tracemalloc
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import av.logging
import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.video.decode import frames, numbered_frames
from reenact.video.probe import UnreadableVideo
from reenact.video.tools import tool_path
from tests.support.media import ffmpeg, turn_clockwise

from .conftest import MakeVideo

STEP = 4  # brightness between two source frames, well above the coding error


def source_indices(path: Path) -> list[int]:
    """Which source frame each decoded frame shows."""
    return [round(float(frame.rgb().mean()) / STEP) for frame in frames(path)]


def time_stamps(path: Path) -> list[Fraction]:
    """When each source frame begins, in seconds, as ffprobe tells it."""
    command = [tool_path("ffprobe"), "-v", "error", "-show_entries", "packet=pts:stream=time_base", "-of", "json", f"file:{path}"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return [packet["pts"] * Fraction(found["streams"][0]["time_base"]) for packet in found["packets"]]


def shown_by_definition(starts: list[Fraction], count: int) -> list[int]:
    """For each of `count` ticks of 1/25 s, the latest source frame that begins before the tick + 20 ms, or the first."""
    limits = [Fraction(n, 25) + Fraction(1, 50) for n in range(count)]
    return [max([k for k, start in enumerate(starts) if start < limit], default=0) for limit in limits]


@pytest.mark.parametrize(("rate", "source_frames"), [("10", 20), ("24", 48), ("25", 50), ("30", 60), ("50", 60), ("30000/1001", 60)])
def test_frame_n_shows_the_source_frame_of_its_time_and_the_length_is_kept(make_video: MakeVideo, rate: str, source_frames: int) -> None:
    path = make_video([STEP * k for k in range(source_frames)], rate)
    shown = source_indices(path)
    assert abs(len(shown) - source_frames / Fraction(rate) * 25) <= Fraction(1, 2)
    assert shown == shown_by_definition(time_stamps(path), len(shown))


def test_a_source_at_25_fps_comes_through_frame_by_frame(make_video: MakeVideo) -> None:
    assert source_indices(make_video([STEP * k for k in range(40)])) == list(range(40))


def test_inexact_time_stamps_neither_repeat_nor_drop_a_frame(make_video: MakeVideo) -> None:
    jitter = ["-vf", "settb=1/1000,setpts=40*N+4*mod(N\\,3)", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    assert source_indices(make_video([STEP * k for k in range(30)], options=jitter)) == list(range(30))


def test_a_variable_rate_is_resampled_by_its_time_stamps(make_video: MakeVideo) -> None:
    # Frames 60 ms apart at first, then 25 ms apart.
    variable = ["-vf", "settb=1/1000,setpts='if(lt(N,10),60*N,600+25*(N-10))'", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    path = make_video([STEP * k for k in range(40)], options=variable)
    starts = time_stamps(path)
    assert len({b - a for a, b in pairwise(starts)}) > 1
    shown = source_indices(path)
    assert shown == shown_by_definition(starts, len(shown))
    assert len(shown) in (33, 34)  # 600 ms + 30 · 25 ms = 1.35 s


def test_pictures_that_begin_after_the_sound_keep_their_place_in_time(make_video: MakeVideo, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    sound = ["-f", "lavfi", "-i", "sine=duration=1.4"]
    ffmpeg("-itsoffset", "0.4", "-i", make_video([STEP * k for k in range(25)]), *sound, "-c:v", "copy", "-c:a", "aac", late)
    shown = source_indices(late)
    assert shown[:11] == [0] * 11
    assert shown[11:] == list(range(1, 25))


def test_rotation_is_applied(tmp_path: Path) -> None:
    width, height = 64, 48
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = 255  # white top left
    turned = tmp_path / "turned.mp4"
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{width}x{height}", "-framerate", "25", "-i", "pipe:0"]
    ffmpeg(*source, "-c:v", "libx264", "-crf", "1", turned, stdin=picture.tobytes() * 5)
    turn_clockwise(turned, 90)
    (first, *_) = frames(turned)
    assert first.shape == (width, height)
    expected = np.rot90(picture, k=-1)
    assert np.abs(first.rgb().astype(int) - expected).mean() < 10
    assert np.abs(first.luma().astype(int) - expected[..., 0]).mean() < 10


def test_pixels_become_square_and_odd_sizes_stay(make_video: MakeVideo) -> None:
    wide = next(frames(make_video([100] * 5, name="wide.mp4", options=["-vf", "setsar=3/2"])))
    assert wide.shape == wide.rgb().shape[:2] == wide.luma().shape == (48, 96)
    tall = next(frames(make_video([100] * 5, name="tall.mp4", options=["-vf", "setsar=2/3"])))
    assert tall.shape == tall.rgb().shape[:2] == tall.luma().shape == (72, 64)
    odd = next(frames(make_video([100] * 5, name="odd.mp4", size=(63, 49))))
    assert odd.shape == odd.rgb().shape[:2] == odd.luma().shape == (49, 63)
    assert np.abs(odd.rgb().astype(int) - 100).max() <= 2


@pytest.mark.parametrize("name", ["-i.mp4", "a b %03d é.mp4", "concat:x|y.mp4", "q'\"$(x);.mp4"])
def test_any_file_name_is_read_literally(make_video: MakeVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    make_video([0] * 5, name="plain.mp4").rename(tmp_path / name)
    assert len(list(frames(Path(name)))) == 5


def test_a_file_that_breaks_off_gives_its_frames_and_then_says_so(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    noise = np.random.default_rng(1).integers(0, 255, (50, 64, 64, 3), np.uint8).tobytes()
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", "64x64", "-framerate", "25", "-i", "pipe:0"]
    ffmpeg(*source, "-c:v", "libx264", "-crf", "20", "-g", "5", "-movflags", "+faststart", whole, stdin=noise)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    expected = list(frames(whole))
    got = []
    with pytest.raises(UnreadableVideo, match=r"cut\.mp4.*truncated") as raised:
        for frame in frames(cut):
            got.append(frame)
    assert raised.value.reason == "truncated"
    assert 10 <= len(got) <= 30
    assert all(np.array_equal(a.rgb(), b.rgb()) for a, b in zip(got[:10], expected, strict=False))


def test_sound_that_outlasts_the_pictures_is_no_damage(make_video: MakeVideo, tmp_path: Path) -> None:
    long = tmp_path / "long.mkv"
    ffmpeg("-i", make_video([0] * 25), "-f", "lavfi", "-i", "sine=duration=3", "-c:v", "copy", "-c:a", "pcm_s16le", long)
    assert len(list(frames(long))) == 25


@pytest.mark.parametrize(("start", "stop"), [(0, 7), (9, 20), (31, 50), (40, None), (60, 70)])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi"])
def test_a_part_is_that_of_the_whole(make_video: MakeVideo, name: str, start: int, stop: int | None) -> None:
    path = make_video([4 * k for k in range(60)], rate="30", name=name, options=["-g", "11"])
    check_part(path, start, stop)


@pytest.mark.parametrize(("start", "stop"), [(37, 38), (38, 39), (74, 76), (200, 230), (330, None), (449, 450), (500, 510)])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi"])
def test_a_part_begins_with_what_is_shown_then_however_long_ago_it_began(
    make_video: MakeVideo, name: str, start: int, stop: int | None
) -> None:
    check_part(make_video([40 * k for k in range(6)], rate="1/3", name=name, options=["-g", "2"]), start, stop)


def check_part(path: Path, start: int, stop: int | None) -> None:
    whole = source_indices(path)
    assert [round(float(frame.rgb().mean()) / STEP) for _, frame in numbered_frames(path, start=start, stop=stop)] == whole[start:stop]


@pytest.mark.parametrize("name", ["gone.mp4", "disk.mp4"])
def test_what_the_disk_does_not_give_is_no_damage(tmp_path: Path, name: str) -> None:
    (tmp_path / "disk.mp4").symlink_to("/proc/self/mem")  # which fails with EIO
    with pytest.raises(ReenactError, match=rf"{name} cannot be read: (No such file|Input/output error)") as raised:
        list(frames(tmp_path / name))
    assert not isinstance(raised.value, UnreadableVideo)


def test_memory_does_not_grow_with_length(make_video: MakeVideo) -> None:
    path = make_video([1] * 300, size=(128, 128))
    tracemalloc.start()
    assert sum(1 for _ in frames(path)) == 300
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * 128 * 128 * 3


@pytest.fixture
def flipped(tmp_path: Path) -> Path:
    """Fifty frames of noise, a key frame every five, with a run of flipped bytes in the middle of the file."""
    path = tmp_path / "flipped.mkv"
    noise = np.random.default_rng(1).integers(0, 255, (50, 64, 64, 3), np.uint8).tobytes()
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", "64x64", "-framerate", "25", "-i", "pipe:0"]
    ffmpeg(*source, "-c:v", "libx264", "-crf", "20", "-g", "5", "-bf", "0", path, stdin=noise)
    data = np.fromfile(path, np.uint8)
    middle = len(data) // 2
    data[middle : middle + 400] ^= 0xFF
    data.tofile(path)
    return path


def test_flipped_bytes_inside_are_told_of_at_the_end(flipped: Path) -> None:
    got = []
    with pytest.raises(UnreadableVideo, match=r"flipped\.mkv.*damaged") as raised:
        for frame in frames(flipped):
            got.append(frame)
    assert raised.value.reason == "damaged"
    assert 47 <= len(got) <= 50
    assert len(list(numbered_frames(flipped, stop=10))) == 10  # nothing is wrong before them
    with pytest.raises(UnreadableVideo, match="damaged"):  # another time, too
        list(frames(flipped))


def libav_logging() -> tuple:
    logger = logging.getLogger("libav")
    return av.logging.get_level(), av.logging.get_skip_repeated(), list(logger.handlers), logger.propagate, logger.level


@pytest.mark.parametrize("level", [None, av.logging.VERBOSE])
def test_logging_is_left_as_it_was(make_video: MakeVideo, flipped: Path, caplog: pytest.LogCaptureFixture, level: int | None) -> None:
    usual = av.logging.get_level()
    av.logging.set_level(level)
    try:
        before = libav_logging()
        whole = make_video([0] * 30)
        assert len(list(frames(whole))) == 30
        assert libav_logging() == before
        begun = frames(whole)
        next(begun)
        begun.close()
        assert libav_logging() == before
        with pytest.raises(UnreadableVideo):
            list(frames(flipped))
        assert libav_logging() == before
        with pytest.raises(UnreadableVideo):
            list(frames(make_empty(whole)))
        assert libav_logging() == before
    finally:
        av.logging.set_level(usual)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []  # complaints are kept out of the logs


def make_empty(beside: Path) -> Path:
    path = beside.with_name("empty.mp4")
    path.touch()
    return path


def test_no_file_stays_open_after_an_early_stop(make_video: MakeVideo, flipped: Path) -> None:
    path = make_video([0] * 60)

    def opened() -> list[str]:
        names = {str(path), str(flipped)}
        return [link for each in Path("/proc/self/fd").iterdir() if (link := os.path.realpath(each)) in names]

    begun = frames(path)
    next(begun)
    assert opened() == [str(path)]
    begun.close()
    assert opened() == []
    assert len(list(numbered_frames(path, start=5, stop=20))) == 15
    for _ in frames(path):
        break
    assert opened() == []
    with pytest.raises(UnreadableVideo) as raised:
        list(frames(flipped))
    assert raised.value.reason == "damaged" and opened() == []
