"""Pictures as decoders give them: luma, and colour differences at a half or all of its size, each a plane of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange

from reenact.video.orientation import UPRIGHT, Orientation

# Formats with square samples: luma pixels a chroma sample, across and down, and bits a sample.
FORMATS = {"yuv420p": (2, 8), "yuvj420p": (2, 8), "yuv444p": (1, 8), "yuvj444p": (1, 8)} | {
    f"{name}{bits}{'le' if sys.byteorder == 'little' else 'be'}": (step, bits)
    for name, step in (("yuv420p", 2), ("yuv444p", 1))
    for bits in (9, 10, 12, 14, 16)
}
# The weights of red and blue in luma, by H.273's number of the matrix; BT.601's where a file does not say, as in ffmpeg. Other numbers are
# known neither here nor to swscale: they are read as if the file did not say.
BT601 = (0.299, 0.114)
RED_AND_BLUE = {1: (0.2126, 0.0722), 2: BT601, 4: (0.30, 0.11), 5: BT601, 6: BT601, 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
RGB, UNSPECIFIED = 0, 2
IN_PLACE_OF = {10: 9}  # BT.2020 of constant luminance
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

    def mirrored(self, luma_width: int) -> Plane:
        """Left and right exchanged in a picture that is `luma_width` pixels wide; no sample is copied."""
        last_x = self.first_x + self.step * (self.samples.shape[1] - 1)
        return Plane(np.fliplr(self.samples), self.step, luma_width - 1 - last_x, self.first_y)

    def turned(self, luma_width: int) -> Plane:
        """A quarter turn counter-clockwise of a picture that is `luma_width` pixels wide; no sample is copied."""
        last_x = self.first_x + self.step * (self.samples.shape[1] - 1)
        return Plane(np.rot90(self.samples), self.step, self.first_y, luma_width - 1 - last_x)


@dataclass(frozen=True)
class YuvPlanes:
    """A picture's three planes: luma, blue and red difference.

    full_range: black is 0 and white 255, not 16 and 235. matrix: H.273's number of the colours' matrix. orientation: how the
    planes, as they are here, were mirrored and turned.
    """

    planes: tuple[Plane, Plane, Plane]
    full_range: bool
    matrix: int
    orientation: Orientation = UPRIGHT

    def luma(self) -> np.ndarray:
        """Luma from 0 (black) to 255 (white), (height, width) uint8."""
        stored = self.orientation.stored(self.planes[0].samples)  # OpenCV is slow with what numpy has turned
        return self.orientation.shown(stored if self.full_range else cv2.LUT(stored, STRETCHED))

    def to_rgb(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Crops of the three planes, all (size, size) uint8 of the same place, as RGB (size, size, 3) uint8."""
        return cv2.transform(cv2.merge(crops), rgb_matrix(self.matrix, self.full_range))


def with_known_matrix(frame: VideoFrame) -> VideoFrame:
    """The frame, with the number of a matrix that is known in place of another."""
    matrix = int(frame.colorspace)
    if matrix != RGB and matrix not in RED_AND_BLUE:
        frame.colorspace = IN_PLACE_OF.get(matrix, UNSPECIFIED)
    return frame


def has_planes(frame: VideoFrame) -> bool:
    """Whether `yuv_planes` can have the frame's."""
    return frame.format.name in FORMATS and int(frame.colorspace) in RED_AND_BLUE


def yuv_planes(frame: VideoFrame, orientation: Orientation = UPRIGHT, *, centred_chroma: bool = False) -> YuvPlanes:
    """A frame's planes, mirrored and turned: views where it has eight bits, else rounded to eight.

    centred_chroma: where a chroma sample is for two pixels, it lies in their middle, as in JPEG, not on the left one (H.273, type 0).
    """
    name = frame.format.name
    step, bits = FORMATS[name]
    full_range = name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
    chroma = (step, (step - 1) / 2 if centred_chroma else 0.0, (step - 1) / 2)
    luma, blue, red = (_samples(plane, bits, full_range) for plane in frame.planes)
    planes = [Plane(luma, 1, 0.0, 0.0), Plane(blue, *chroma), Plane(red, *chroma)]
    if orientation.mirrored:
        planes = [plane.mirrored(luma.shape[1]) for plane in planes]
    for _ in range(orientation.turns):
        width = planes[0].samples.shape[1]
        planes = [plane.turned(width) for plane in planes]
    return YuvPlanes((planes[0], planes[1], planes[2]), full_range, int(frame.colorspace), orientation)


def rgb_matrix(matrix: int, full_range: bool) -> np.ndarray:
    """The (3, 4) matrix that takes (luma, blue difference, red difference, 1), levels 0 to 255, to RGB (ITU-T H.273, equations 38 ff.)."""
    red, blue = RED_AND_BLUE[matrix]
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


def _samples(plane: VideoPlane, bits: int, full_range: bool) -> np.ndarray:
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    samples = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)[: plane.height, : plane.width]
    # Full range ends at the largest code, other ranges have codes that double with each bit (H.273, equations 20 ff.).
    return samples if bits == 8 else cv2.convertScaleAbs(samples, alpha=255 / (2**bits - 1) if full_range else 2.0 ** (8 - bits))
