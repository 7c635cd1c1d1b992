"""Videos whose pictures or pixels change their shape in the middle: all is shown in the first one's size, undistorted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reenact.video.decode import frames
from reenact.video.picture import fitted
from reenact.video.timed_read import TimedReader
from tests.support.media import ffmpeg, write_turned

WIDTH, HEIGHT = 160, 120
H264 = ["-c:v", "libx264", "-crf", "4", "-bf", "0", "-pix_fmt", "yuv420p", "-f", "mpegts"]


def part(size: tuple[int, int], number: int, aspect: str = "1") -> bytes:
    """Ten white frames, as a transport stream that goes on where the one before ends."""
    source = ["-f", "lavfi", "-i", f"color=white:size={size[0]}x{size[1]}:rate=25:duration=0.4"]
    return ffmpeg(*source, "-vf", f"setsar={aspect}", *H264, "-output_ts_offset", str(0.4 * number), "-")


# The second part's stored size, the shape of its pixels, and the width and height at which it is shown.
CHANGES = {
    "upright": ((90, 120), "1", (90, 120)),
    "upright and larger": ((180, 240), "1", (90, 120)),
    "wider": ((160, 60), "1", (160, 60)),
    "smaller": ((80, 60), "1", (160, 120)),
    "wider pixels": ((160, 120), "2", (160, 60)),
    "higher pixels": ((160, 120), "1/2", (80, 120)),
    "narrower, of wider pixels": ((80, 120), "2", (160, 120)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_another_shape_stands_between_bars(tmp_path: Path, change: str) -> None:
    size, aspect, (width, height) = CHANGES[change]
    path = tmp_path / "clip.ts"
    path.write_bytes(part((WIDTH, HEIGHT), 0) + part(size, 1, aspect))
    with TimedReader(path) as reader:
        pictures = [frame.picture for frame in reader]
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
    expected[top : top + height, left : left + width] = 255
    for shown in (pictures, list(frames(path))):
        assert len(shown) == 20 and {picture.shape for picture in shown} == {(HEIGHT, WIDTH)}
        for number, picture in enumerate(shown):
            wanted = np.full_like(expected, 255) if number < 10 else expected
            assert np.abs(picture.luma().astype(int) - wanted).mean() < 1
            assert np.abs(picture.rgb().astype(int) - wanted[..., None]).mean() < 1


def test_bars_are_turned_with_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "clip.ts"
    path.write_bytes(part((WIDTH, HEIGHT), 0) + part((WIDTH, HEIGHT // 2), 1))
    *_, last = frames(write_turned(path, tmp_path / "turned.mkv", 90))
    assert last.shape == (WIDTH, HEIGHT)
    columns = last.luma().mean(axis=0)
    assert columns[: HEIGHT // 4 - 1].max() < 5 and columns[HEIGHT // 4 + 1 : 3 * HEIGHT // 4 - 1].min() > 250


@pytest.mark.parametrize(
    ("size", "into", "expected"),
    [
        ((320, 240), (320, 240), (320, 240)), ((640, 480), (320, 240), (320, 240)), ((640, 482), (320, 240), (320, 240)),
        ((240, 320), (320, 240), (180, 240)), ((1000, 10), (320, 240), (320, 3)), ((9999, 1), (320, 240), (320, 1)),
    ],
)  # fmt: skip
def test_the_largest_of_a_shape_that_fits(size, into, expected) -> None:
    assert fitted(size, into) == expected
