from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.video.decode import frames
from reenact.video.encode import VideoWriter
from reenact.video.probe import probe


def colour_bars(shift: int) -> np.ndarray:
    bars = np.array(
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 150, 120], [30, 30, 30], [255, 255, 255], [90, 60, 200], [0, 0, 0]], np.uint8
    )
    return np.broadcast_to(np.repeat(np.roll(bars, shift, axis=0), 8, axis=0), (48, 64, 3))


def write(path: Path, count: int = 10, **options: object) -> Path:
    with VideoWriter(path, (64, 48), **options) as video:
        for k in range(count):
            video.write(colour_bars(k))
    return path


def test_frames_come_back_in_their_colours(tmp_path: Path) -> None:
    back = list(frames(write(tmp_path / "a.mp4")))
    assert len(back) == 10
    for k, frame in enumerate(back):
        centres = frame.rgb()[:, 3::8].astype(int)  # away from the bars' edges, which chroma subsampling blurs
        assert np.abs(centres - colour_bars(k)[:, 3::8]).max() <= 12


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "a.mp4").read_bytes() == write(tmp_path / "b.mp4").read_bytes()


def test_the_file_plays_everywhere(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", fps=30)
    info = probe(path)
    assert (info.codec, info.pixel_format, info.fps, info.frames) == ("h264", "yuv420p", 30.0, 10)
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_an_exception_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyError), VideoWriter(tmp_path / "a.mp4", (64, 48)) as video:
        video.write(colour_bars(0))
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_ffmpegs_failure_is_told_with_the_file_and_leaves_none(tmp_path: Path) -> None:
    with pytest.raises(ReenactError, match=r"a\.mp4"), VideoWriter(tmp_path / "a.mp4", (64, 48), fps=0) as video:
        for k in range(200):
            video.write(colour_bars(k))
    assert list(tmp_path.iterdir()) == []


def test_odd_sides_and_other_shapes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReenactError, match="even"):
        VideoWriter(tmp_path / "a.mp4", (63, 48))
    with pytest.raises(ValueError, match="shape"), VideoWriter(tmp_path / "a.mp4", (64, 48)) as video:
        video.write(np.zeros((64, 48, 3), np.uint8))
