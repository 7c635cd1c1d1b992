"""Landmark images: 68 points drawn as coloured lines, one colour per facial part, on a black ground."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from reenact.errors import ReenactError
from reenact.faces.layout68 import POINTS
from reenact.pixels import to_signed


class Part(NamedTuple):
    """A facial part: landmarks `first` to `last`, both included, joined in order, and back to the first where `closed`."""

    name: str
    first: int
    last: int
    closed: bool
    colour: tuple[int, int, int]


# Left and right are the viewer's, as in the 68-point scheme. Later parts are drawn over earlier ones.
PARTS = (
    Part("jaw", 0, 16, False, (255, 255, 255)),
    Part("left brow", 17, 21, False, (255, 128, 0)),
    Part("right brow", 22, 26, False, (255, 255, 0)),
    Part("nose bridge", 27, 30, False, (0, 255, 0)),
    Part("nostrils", 31, 35, False, (0, 255, 255)),
    Part("left eye", 36, 41, True, (0, 128, 255)),
    Part("right eye", 42, 47, True, (128, 0, 255)),
    Part("outer lip", 48, 59, True, (255, 0, 0)),
    Part("inner lip", 60, 67, True, (255, 0, 255)),
)
FRACTION_BITS = 6  # cv2 takes fixed-point coordinates: sixty-fourths of a pixel


def line_width(size: int) -> int:
    """Width of the lines, pixels: 1 up to 191, 2 at 256, 4 at 512."""
    return max(1, round(size / 128))


def draw(landmarks: ArrayLike | Tensor, size: int) -> Tensor:
    """Landmark images of a batch.

    `landmarks`: (B, 68, 2), x then y, pixels of the `size`×`size` image, (0, 0) the centre of the top-left pixel; points may lie
    outside the image. Returns (B, 3, size, size) float32 RGB in [-1, 1], channels-last in memory.
    Raises ReenactError for another shape or for coordinates that are not finite.
    """
    points = np.asarray(landmarks, dtype=np.float32)
    if points.ndim != 3 or points.shape[1:] != (POINTS, 2):
        raise ReenactError(f"landmarks to draw must have the shape (B, 68, 2), not {points.shape}")
    if not np.isfinite(points).all():
        raise ReenactError("landmarks to draw hold coordinates that are not finite; leave such frames out")
    # Far outside, only the direction of a line shows; the clip keeps the fixed-point numbers within 32 bits.
    fixed = np.rint(np.clip(points, -16.0 * size, 17.0 * size) * (1 << FRACTION_BITS)).astype(np.int32)
    images = np.empty((len(fixed), size, size, 3), np.float32)
    canvas = np.empty((size, size, 3), np.uint8)
    for image, face in zip(images, fixed, strict=True):
        canvas.fill(0)
        for part in PARTS:
            line = face[part.first : part.last + 1]
            cv2.polylines(canvas, [line], part.closed, part.colour, line_width(size), cv2.LINE_AA, FRACTION_BITS)
        to_signed(canvas, image)
    return torch.from_numpy(images).permute(0, 3, 1, 2)
