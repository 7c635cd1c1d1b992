"""Metrics in plain steps, to compare with the library's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine of the angle between two vectors."""
    return float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)))


def cv2_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM through two-dimensional correlation with the outer product of the window, in place of separable blurring."""
    line = cv2.getGaussianKernel(11, 1.5)
    x, y = a.astype(np.float64), b.astype(np.float64)

    def window(image: np.ndarray) -> np.ndarray:
        return cv2.filter2D(image, -1, line @ line.T)[5:-5, 5:-5]

    mx, my = window(x), window(y)
    vx, vy, cov = window((x - 127) ** 2) - (mx - 127) ** 2, window((y - 127) ** 2) - (my - 127) ** 2, window(x * y) - mx * my
    return float(((2 * mx * my + 6.5025) * (2 * cov + 58.5225) / ((mx**2 + my**2 + 6.5025) * (vx + vy + 58.5225))).mean())


def inside_the_hull(x: float, y: float, landmarks: np.ndarray) -> bool:
    """Whether a point lies within the convex hull: the landmarks then surround it."""
    angles = np.sort(np.arctan2(landmarks[:, 1] - y, landmarks[:, 0] - x))
    gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    return bool(gaps.max() < np.pi)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every figure of a table's JSON with its path of keys."""
    if isinstance(value, dict) and "value" in value:
        yield path, value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
