"""SSIM within the face: over the pixels in the hull of the true frame's landmarks alone.

Most of a picture is background. Where that is still, it is alike whatever the face does.
"""

from __future__ import annotations

import cv2
import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.ssim import BACKEND, MARGIN, ssim_maps


def face_mask(landmarks: np.ndarray, size: int) -> np.ndarray:
    """The convex hull of the landmarks, (68, 2) float in pixels, as a (size, size) bool mask. It ends at the brows."""
    hull = cv2.convexHull(np.round(landmarks).astype(np.int32))
    mask = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(mask, hull, 1)
    return mask.astype(bool)


def within(similarity: np.ndarray, mask: np.ndarray) -> float:
    """The mean of an SSIM map (S - 10, S - 10) over the pixels of `mask`, (S, S) bool; NaN where the map has none of them."""
    inside = similarity[mask[MARGIN:-MARGIN, MARGIN:-MARGIN]]
    return float(inside.mean()) if inside.size else float("nan")


def _measure(faces: Comparison) -> np.ndarray | None:
    if not faces.is_truth:
        return None
    size = faces.result.images.shape[1]
    maps = zip(faces.once(ssim_maps), faces.driving.landmarks, strict=True)
    return np.array([within(similarity, face_mask(landmarks, size)) for similarity, landmarks in maps])


METRIC = Metric(
    name="ssim_face",
    title="SSIM in the face",
    better="higher",
    range=(-1.0, 1.0),
    reference=Reference.TRUE_FRAME,
    backend=BACKEND,
    tables=(3,),
    place=60,
    about="Structure within the hull of the true landmarks.",
    measure=_measure,
    headline=("self",),
)
