"""Decoding a stored JPEG to the size wanted, and scaling its landmarks to match."""

from __future__ import annotations

import cv2
import numpy as np

from reenact.jpeg import decode

# libjpeg can leave out the finer coefficients. That gives the picture at a half, a quarter or an eighth of its side, for less work.
REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def decode_frame(jpeg: bytes | None, landmarks: np.ndarray, size: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The square picture (size, size, 3) uint8 RGB of a JPEG, and its landmarks (68, 2) float32 moved to that size's pixels.

    `landmarks` are in the stored picture's pixels; (0, 0) is the centre of the first pixel before and after.
    A `size` of None keeps the stored size. Raises ValueError where the JPEG is missing, damaged or not square, or the landmarks are
    not finite.
    """
    if jpeg is None:
        raise ValueError("there is no picture")
    if not np.isfinite(landmarks).all():
        raise ValueError("the landmarks are not finite")
    width, height = jpeg_size(jpeg)
    if width != height:
        raise ValueError(f"the picture is {width}×{height}, not square")
    size = size or width
    divisor = next((n for n in REDUCED if width % n == 0 and width // n >= size), 1)
    image = decode(jpeg, REDUCED.get(divisor, cv2.IMREAD_COLOR))
    if image.shape[0] != size:
        # Area averaging does not alias when shrinking; when enlarging OpenCV's version of it is blocky.
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA if image.shape[0] > size else cv2.INTER_LINEAR)
    scale = np.float32(size / width)
    moved = landmarks if size == width else (landmarks + np.float32(0.5)) * scale - np.float32(0.5)
    return image, moved


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height from a JPEG's headers, in pixels; ValueError where it has none."""
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        if jpeg[at + 1] in START_OF_FRAME:
            return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    raise ValueError("the picture is not a JPEG")
