"""Landmarks without their place and size in the picture, as LD-Net sees them, and the way back to pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reenact.errors import ReenactError
from reenact.faces.layout68 import COORDINATES, POINTS


class Boxes(NamedTuple):
    """Square bounding boxes of landmark sets, in pixels."""

    centre: np.ndarray
    """(..., 2) float64: x, y."""
    half_side: np.ndarray
    """(...) float64."""


def normalise(landmarks: np.ndarray) -> tuple[np.ndarray, Boxes]:
    """Landmarks (..., 68, 2) in pixels -> (..., 136) float32 (x0, y0, x1, y1, ...) in [-1, 1], and the boxes that lead back.

    The box is the square with the centre of the points' bounding box and its larger side (paper, Section 7).
    Raises ReenactError for a wrong shape, for coordinates that are not finite, and for points that all coincide.
    """
    landmarks = np.asarray(landmarks, dtype=np.float64)
    if landmarks.shape[-2:] != (POINTS, 2):
        raise ReenactError(f"landmarks have the shape {landmarks.shape}; {POINTS} points of x and y are needed: (..., {POINTS}, 2)")
    low, high = landmarks.min(axis=-2), landmarks.max(axis=-2)
    boxes = Boxes(centre=(low + high) / 2, half_side=(high - low).max(axis=-1) / 2)
    usable = (boxes.half_side > 0) & np.isfinite(boxes.half_side)
    if not usable.all():
        raise ReenactError(
            f"{np.size(usable) - np.count_nonzero(usable)} landmark sets are not finite or have no extent; leave such frames out"
        )
    points = (landmarks - boxes.centre[..., None, :]) / boxes.half_side[..., None, None]
    return points.reshape(*landmarks.shape[:-2], COORDINATES).astype(np.float32), boxes


def denormalise(points: np.ndarray, boxes: Boxes) -> np.ndarray:
    """The inverse of `normalise`: (..., 136) in [-1, 1] -> landmarks (..., 68, 2) float32 in pixels."""
    points = np.asarray(points, dtype=np.float64).reshape(*np.shape(points)[:-1], POINTS, 2)
    return (points * boxes.half_side[..., None, None] + boxes.centre[..., None, :]).astype(np.float32)
