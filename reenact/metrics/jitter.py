"""Temporal jitter: does the result shake more than the driver does?

    jitter = 256 / S · (mean over the 68 points of |l₋₁ - 2l₀ + l₊₁|₂, in the result less in the driver)

The landmarks are dlib's, found in each picture by itself, so its own noise is in both and cancels on average. 0 is as steady as the driver;
below 0 is steadier, which a head that does not follow is too. Only frames between two neighbours have a value: frames as far apart as the
nearest two of their clip.
"""

from __future__ import annotations

import numpy as np

from reenact.metrics.akd import SIDE
from reenact.metrics.base import Comparison, Metric, Reference


def acceleration(landmarks: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """The mean length of the points' second differences, pixels: (F, 68, 2) at frames (F,) -> (F,) float64.

    NaN for the first and the last frame, and for one with a neighbour that is further than the nearest two frames are.
    """
    steps = np.full(len(frames), np.nan)
    if len(frames) < 3:
        return steps
    points = np.asarray(landmarks, np.float64)
    inner = np.linalg.norm(points[:-2] - 2 * points[1:-1] + points[2:], axis=-1).mean(axis=-1)
    gaps = np.diff(frames)
    steps[1:-1] = np.where((gaps[:-1] == gaps.min()) & (gaps[1:] == gaps.min()), inner, np.nan)
    return steps


def _measure(faces: Comparison) -> np.ndarray:
    result, driving = (acceleration(each.landmarks, faces.frames) for each in (faces.result, faces.driving))
    return (result - driving) * (SIDE / faces.size)


METRICS = (
    Metric(
        name="jitter",
        title="Jitter",
        better="lower",
        range=(float("-inf"), float("inf")),
        reference=Reference.DRIVING_CLIP,
        backend="dlib-68-landmarks",
        tables=(4,),
        place=60,
        about="Steadiness: how much more the landmarks shake than in the driving clip, in pixels of a picture of 256 a side.",
        measure=_measure,
        reduction="mean over all frames between two neighbours",
        needs_face=True,
        is_partial=True,
        note="Below 0 a result is steadier than its driver. That is no merit: a head that does not follow is steady, too.",
    ),
)
