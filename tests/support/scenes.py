"""Pictures with people in them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIDE = 320


def scene(*placed: tuple[np.ndarray, float, float, float], size: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    """A grey picture, size (width, height), with portraits in it, each with its left and top edge in pixels and its scale."""
    canvas = np.full((size[1], size[0], 3), 90, np.uint8)
    for portrait, left, top, scale in placed:
        matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
        cv2.warpAffine(portrait, matrix, size, dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
    return canvas


def save(path: Path, picture: np.ndarray) -> Path:
    """Write a picture in the form that the path's name says."""
    cv2.imwrite(str(path), picture[..., ::-1])
    return path
