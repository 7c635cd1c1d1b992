"""Pictures as decoders give them: luma, and colour differences at a half or all of its size, each a plane of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange

# Formats of eight bits with square samples: luma pixels a chroma sample, across and down.
SUBSAMPLING = {"yuv420p": 2, "yuvj420p": 2, "yuv444p": 1, "yuvj444p": 1}
# The weights of red and blue in luma, by H.273's number of the matrix; BT.601's where a file does not say, as ffmpeg does.
BT601 = (0.299, 0.114)
RED_AND_BLUE = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
RGB_MATRIX = 0  # not luma and colour differences at all
STRETCHED = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Plane:
    """Samples (height, width) uint8; sample (row, column) lies at the luma pixel x = first_x + step · column, y = first_y + step · row."""

    samples: np.ndarray
    step: int
    first_x: float
    first_y: float

    def from_luma(self, x: float, y: float) -> tuple[float, float]:
        """A point in luma pixels in samples of this plane; pixel centres are whole numbers in both."""
        return (x - self.first_x) / self.step, (y - self.first_y) / self.step


@dataclass(frozen=True)
class YuvPlanes:
    """A picture's three planes: luma, blue and red difference.

    full_range: black is 0 and white 255, not 16 and 235. matrix: H.273's number of the colours' matrix.
    """

    planes: tuple[Plane, Plane, Plane]
    full_range: bool
    matrix: int

    def luma(self) -> np.ndarray:
        """Luma from 0 (black) to 255 (white), (height, width) uint8."""
        samples = self.planes[0].samples
        return np.ascontiguousarray(samples) if self.full_range else cv2.LUT(samples, STRETCHED)

    def to_rgb(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Crops of the three planes, all (size, size) uint8 of the same place, as RGB (size, size, 3) uint8."""
        return cv2.transform(cv2.merge(crops), rgb_matrix(self.matrix, self.full_range))


def yuv_planes(frame: VideoFrame) -> YuvPlanes | None:
    """Views of a frame's planes, or None where it is not in one of the `SUBSAMPLING` formats."""
    name = frame.format.name
    if name not in SUBSAMPLING or frame.colorspace == RGB_MATRIX:
        return None
    step = SUBSAMPLING[name]
    full_range = name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
    # Video puts a chroma sample on the left one of its two pixels (H.273, type 0), JPEG in the middle.
    chroma = (step, (step - 1) / 2 if full_range else 0.0, (step - 1) / 2)
    luma, blue, red = (_samples(plane) for plane in frame.planes)
    return YuvPlanes((Plane(luma, 1, 0.0, 0.0), Plane(blue, *chroma), Plane(red, *chroma)), full_range, int(frame.colorspace))


def rgb_matrix(matrix: int, full_range: bool) -> np.ndarray:
    """The (3, 4) matrix that takes (luma, blue difference, red difference, 1), levels 0 to 255, to RGB (ITU-T H.273, equations 38 ff.)."""
    red, blue = RED_AND_BLUE.get(matrix, BT601)
    green = 1 - red - blue
    differences = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    scale = np.array([1, 1, 1] if full_range else [255 / 219, 255 / 224, 255 / 224])
    black = np.array([0 if full_range else 16, 128, 128])
    linear = differences * scale
    return np.column_stack([linear, -linear @ black])


def _samples(plane: VideoPlane) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
