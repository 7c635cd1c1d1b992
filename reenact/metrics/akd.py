"""Average keypoint distance (AKD): how far are the landmarks found in the result from those found in the true frame?

    AKD = 256 / S · mean over the 68 points of |l - l*|₂

for pictures of S pixels a side: the unit is a pixel of a picture of 256. Both sets are dlib's, each found in its own picture. Nothing is
aligned, so a face that is right but elsewhere is far away.

First-order-model's scripts (pose-evaluation) have the landmarks of face-alignment, another detector, and in place of the points' distance
the mean absolute difference of all 136 coordinates. Of the same landmarks that would be 1.4 to 2 times smaller.
"""

from __future__ import annotations

import numpy as np

from reenact.metrics.base import Clip, Metric, Reference

SIDE = 256  # pixels: the unit's picture


def akd(a: np.ndarray, b: np.ndarray, size: int) -> np.ndarray:
    """Mean distance of the points, frame by frame: (F, 68, 2), or (1, 68, 2) for all, in pixels of pictures of `size` -> (F,) float64."""
    return np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1).mean(axis=-1) * (SIDE / size)


def _read(clip: Clip) -> np.ndarray | None:
    return akd(clip.landmarks, clip.driving.landmarks, clip.images.shape[1]) if clip.is_truth and clip.driving else None


METRICS = (
    Metric(
        name="akd",
        title="AKD (average keypoint distance)",
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.TRUE_FRAME,
        backend="dlib-68-landmarks",
        tables=(),
        place=42,
        about="Landmarks: the mean distance of dlib's 68 points, in pixels of a picture of 256 a side.",
        read=_read,
        needs_face=True,
        note="First-order-model's AKD has another detector and takes coordinates apart: its figures are not to be set against these.",
    ),
)
