"""Pauses have no frames; a picture that stands for some seconds has; nothing is before a late first one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reenact.video.decode import frames, numbered_frames
from reenact.video.pauses import longest_still, seconds_of_pictures
from reenact.video.probe import probe
from reenact.video.timed_read import TimedReader, count_frames
from tests.support.joined import with_pause
from tests.support.media import ffmpeg
from tests.video.test_timeline import shown


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
@pytest.mark.parametrize("seconds", [11, 1200, 90_000])
def test_a_pause_has_no_frames_and_is_named(tmp_path: Path, name: str, seconds: int) -> None:
    path = with_pause(tmp_path / name, seconds)
    numbers, levels, told = shown(path)
    assert numbers == [*range(25), *range(25 + 25 * seconds, 50 + 25 * seconds)] and levels == list(range(50))
    assert told == [f"there is no picture from 1.00 s to {seconds + 1:.2f} s"]
    info = probe(path)
    assert info.duration == pytest.approx(2, abs=0.05) and count_frames(path) == 50
    with TimedReader(path) as reader:
        times = [float(frame.pts * reader.time_base) for frame in reader]
        assert float(reader.rate) == pytest.approx(25, rel=0.02)
        assert [each.words for each in reader.breaks] == told
    np.testing.assert_allclose(np.diff(times), [0.04] * 24 + [seconds + 0.04] + [0.04] * 24, atol=0.002)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
def test_a_part_around_a_pause_is_that_of_the_whole(tmp_path: Path, name: str) -> None:
    path = with_pause(tmp_path / name, 20)
    whole = {n: picture.rgb() for n, picture in numbered_frames(path)}
    for start, stop in [(10, 40), (24, 26), (200, 300), (200, 530), (524, 540), (540, None)]:
        part = list(numbered_frames(path, start=start, stop=stop))
        assert [n for n, _ in part] == [n for n in whole if n >= start and (stop is None or n < stop)]
        assert all(np.array_equal(picture.rgb(), whole[n]) for n, picture in part)


@pytest.mark.parametrize("seconds", [3, 9.6])
def test_a_picture_that_stands_for_seconds_is_repeated(tmp_path: Path, seconds: float) -> None:
    numbers, levels, told = shown(with_pause(tmp_path / "clip.mkv", seconds))
    assert numbers == list(range(round(50 + 25 * seconds))) and levels.count(24) == round(1 + 25 * seconds) and told == []


def test_a_video_of_one_picture_in_many_seconds_shows_each_of_them_as_long(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x48:rate=1/20", "-frames:v", "5", "-c:v", "libx264", "-bf", "0", tmp_path / "clip.mp4")
    assert len(list(frames(tmp_path / "clip.mp4"))) == 5 * 20 * 25
    assert probe(tmp_path / "clip.mp4").duration == 100


@pytest.mark.parametrize(("late", "first"), [(0.4, 0), (0.6, 15), (3, 75)])
@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4", "clip.ts"])
def test_there_is_no_picture_before_a_late_first_one(tmp_path: Path, name: str, late: float, first: int) -> None:
    with_pause(tmp_path / "plain.mp4", 0)
    sound = ["-f", "lavfi", "-i", "sine=duration=5.2"]
    ffmpeg("-itsoffset", str(late), "-i", tmp_path / "plain.mp4", *sound, "-c:v", "copy", "-c:a", "aac", "-muxdelay", "0", tmp_path / name)
    numbers, levels, told = shown(tmp_path / name)
    assert abs(numbers[0] - first) <= (1 if first else 0) and numbers == list(range(numbers[0], numbers[-1] + 1))
    assert abs(numbers[-1] - (late * 25 + 49)) <= 1 and sorted(set(levels)) == list(range(50))
    assert len(told) == bool(first) and all("no picture before" in words for words in told)
    if first:
        assert probe(tmp_path / name).duration == pytest.approx(2, abs=0.06)


@pytest.mark.parametrize(("step", "seconds"), [(0.04, 10), (3.3, 10), (4, 12), (20, 60)])
def test_a_picture_may_stand_for_ten_seconds_or_three_usual_steps(step: float, seconds: float) -> None:
    assert longest_still(step) == seconds


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([], None), ([3], None), ([0, 1, 2, 12, 13], None), ([0, 1, 2, 12.5, 13.5], 5), ([13.5, 1, 12.5, 0, 2], 5),
        ([0, 4, 8, 20, 24], None), ([0, 4, 8, 20.5, 24.5], 20), ([0, 1, 2, 50, 51, 99, 100], 7),
    ],
)  # fmt: skip
def test_pictures_are_shown_without_the_pauses_the_one_before_each_for_its_usual_time(times: list[float], seconds: float | None) -> None:
    assert seconds_of_pictures(np.array(times, float)) == seconds
