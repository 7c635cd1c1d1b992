"""Pictures upright whichever of the eight ways they were stored, against a picture moved pixel by pixel."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from reenact.video.decode import frames
from reenact.video.orientation import UPRIGHT, Orientation, orientation_from
from reenact.video.probe import probe
from reenact.video.timed_read import TimedReader
from tests.support.media import MATRICES, by_matrix, ffmpeg, set_display_matrix, write_turned

WIDTH, HEIGHT = 64, 48
QUARTERS = np.zeros((HEIGHT, WIDTH, 3), np.uint8)  # no two quarters alike: none of the eight ways shows the same
QUARTERS[:24, :32], QUARTERS[:24, 32:], QUARTERS[24:, :32] = (220, 60, 60), (60, 200, 60), (60, 60, 220)


def write(path: Path, *options: str) -> Path:
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{WIDTH}x{HEIGHT}", "-framerate", "25", "-i", "pipe:0"]
    ffmpeg(*source, "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv444p", *options, path, stdin=QUARTERS.tobytes() * 12)
    return path


def check(path: Path, expected: np.ndarray) -> None:
    info, picture = probe(path), next(frames(path))
    assert (info.height, info.width) == picture.shape == expected.shape[:2]
    with TimedReader(path) as reader:
        timed = next(iter(reader)).picture
    for found in (picture, timed):
        assert np.abs(found.rgb().astype(int) - expected).mean() < 4
        assert np.abs(found.luma() - expected @ [0.299, 0.587, 0.114]).mean() < 4


@pytest.mark.parametrize("matrix", MATRICES)
def test_the_track_headers_matrix_is_followed(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    path = write(tmp_path / "clip.mp4")
    set_display_matrix(path, *matrix)
    check(path, by_matrix(QUARTERS, *matrix))


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize(("flip", "axis"), [("", None), ("flip=horizontal:", 1), ("flip=vertical:", 0)])
def test_the_codecs_own_word_is_followed(tmp_path: Path, flip: str, axis: int | None, turns: int) -> None:
    path = write(tmp_path / "plain.mp4")
    word = f"h264_metadata=display_orientation=insert:{flip}rotate={90 * turns}"
    ffmpeg("-i", path, "-c", "copy", "-bsf:v", word, tmp_path / "said.ts")
    # Flipped first, then turned anticlockwise (H.264, D.2.27).
    check(tmp_path / "said.ts", np.rot90(QUARTERS if axis is None else np.flip(QUARTERS, axis), turns))


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("degrees", [-40, -20, 20, 40])
def test_other_angles_count_as_the_nearest_quarter_turn_whatever_the_size(matrix: tuple[int, int, int, int], degrees: int) -> None:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    a, b, c, d = (turn @ np.reshape(matrix, (2, 2)).T).T.ravel() * 50_000
    exact = orientation_from(*matrix)
    assert orientation_from(round(a), round(b), round(c), round(d)) == exact
    assert np.array_equal(exact.shown(QUARTERS), by_matrix(QUARTERS, *matrix))
    assert np.array_equal(exact.stored(exact.shown(QUARTERS)), QUARTERS)


@pytest.mark.parametrize("matrix", [(0, 0, 0, 0), (65536, 0, 65536, 0), (0, 65536, 0, 0)])
def test_a_matrix_that_leaves_no_picture_says_nothing(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    assert orientation_from(*matrix) == UPRIGHT
    path = write(tmp_path / "clip.mp4")
    set_display_matrix(path, *(value / 65536 for value in matrix))
    check(path, QUARTERS)


@pytest.mark.parametrize(("turn", "orientation"), [(90, Orientation(turns=1)), (180, Orientation(turns=2))])
def test_matroskas_roll_is_followed(tmp_path: Path, turn: int, orientation: Orientation) -> None:
    rolled = write_turned(write(tmp_path / "clip.mp4"), tmp_path / "rolled.mkv", turn)
    assert probe(rolled).orientation == orientation
    check(rolled, np.rot90(QUARTERS, orientation.turns))
