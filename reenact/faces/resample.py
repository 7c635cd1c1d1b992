"""A square out of a picture at another size: exact between pixels, and averaged where it gets smaller."""

from __future__ import annotations

import math

import cv2
import numpy as np

CUBIC_SLOPE = -0.5  # with which straight ramps stay straight


def resample(image: np.ndarray, x0: float, y0: float, side: float, size: int, *, cubic: bool = True) -> np.ndarray:
    """The square of `side` pixels whose top left corner (x0, y0) is given, pixel centres at whole numbers, as (size, size) pixels.

    image: (height, width) or (height, width, 3) uint8. Bicubic, or bilinear, which takes a third of the time and is softer; smoothed before
    it is made smaller; border pixels are repeated outside.
    Three passes along rows and columns (smoothing, scaling from a whole pixel on, shifting by what is left) take a third of the
    time of one affine warp.
    """
    blur = 0.5 * math.sqrt(max((side / size) ** 2 - 1.0, 0.0))  # the deviation that a wider pixel's aperture adds
    scale = size / side
    margin = math.ceil(3 * (blur + max(side / size, 1.0)))  # source pixels that the passes look at beyond the square
    left, top = math.floor(x0 + 0.5) - margin, math.floor(y0 + 0.5) - margin
    part = _part(image, left, top, math.ceil(side) + 2 * margin + 1)
    if blur > 0.1:
        part = cv2.GaussianBlur(part, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    scaled = _scaled(part, scale, cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR)
    # Edges of pixels, not their centres, keep their places when scaled.
    across, down = (x0 + 0.5 - left) * scale, (y0 + 0.5 - top) * scale
    if cubic:
        return _shifted(scaled, across, down, size)
    return cv2.getRectSubPix(scaled, (size, size), (across + (size - 1) / 2, down + (size - 1) / 2))


def _part(image: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    """The square of `side` pixels from (left, top) on, border pixels repeated outside the image."""
    height, width = image.shape[:2]
    # A square wholly outside shows the nearest border only.
    left, top = min(max(left, 1 - side), width - 1), min(max(top, 1 - side), height - 1)
    rows = slice(max(top, 0), min(top + side, height))
    columns = slice(max(left, 0), min(left + side, width))
    inside = image[rows, columns]
    beyond = (rows.start - top, top + side - rows.stop, columns.start - left, left + side - columns.stop)
    return cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_REPLICATE) if any(beyond) else inside


def _scaled(part: np.ndarray, scale: float, interpolation: int) -> np.ndarray:
    """Scaled about its top left corner by exactly `scale`."""
    if round(part.shape[0] * scale) != part.shape[0]:
        return cv2.resize(part, None, fx=scale, fy=scale, interpolation=interpolation)
    # cv2.resize copies where the number of pixels stays the same.
    matrix = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5]])
    return cv2.warpAffine(part, matrix, part.shape[1::-1], flags=interpolation, borderMode=cv2.BORDER_REPLICATE)


def _shifted(image: np.ndarray, across: float, down: float, size: int) -> np.ndarray:
    """The (size, size) pixels whose top left corner lies `across` and `down` pixels from the image's own."""
    column, row = math.floor(across), math.floor(down)
    # A pixel before and two after it are what the interpolation looks at.
    part = image[row - 1 : row + size + 2, column - 1 : column + size + 2]
    moved = cv2.sepFilter2D(part, -1, _cubic(across - column), _cubic(down - row), anchor=(1, 1), borderType=cv2.BORDER_REPLICATE)
    return moved[1 : size + 1, 1 : size + 1]


def _cubic(shift: float) -> np.ndarray:
    """Weights (4,) float32 of the pixels -1, 0, 1 and 2 for the point `shift`, 0 to 1."""
    far = np.abs(np.arange(-1, 3) - shift)
    a = CUBIC_SLOPE
    near_weights = (a + 2) * far**3 - (a + 3) * far**2 + 1
    far_weights = a * far**3 - 5 * a * far**2 + 8 * a * far - 4 * a
    return np.where(far <= 1, near_weights, far_weights).astype(np.float32)
