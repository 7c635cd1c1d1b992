"""SSIM within the face: over the pixels in the hull of the true frame's landmarks alone.

Most of a picture is background. Where that is still, it is alike whatever the face does.
"""

from __future__ import annotations

import cv2
import numpy as np

from reenact.metrics.base import Clip, Metric, Reference
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


def _read(clip: Clip) -> np.ndarray | None:
    if not clip.is_truth or clip.driving is None:
        return None
    size = clip.driving.images.shape[1]
    masks = (face_mask(landmarks, size) for landmarks in clip.driving.landmarks)
    return np.array([within(similarity, mask) for similarity, mask in zip(clip.once(ssim_maps), masks, strict=True)])


METRICS = (
    Metric(
        name="ssim_face",
        title="SSIM in the face",
        better="higher",
        range=(-1.0, 1.0),
        reference=Reference.TRUE_FRAME,
        backend=BACKEND,
        tables=(3,),
        place=51,
        about="Structure within the hull of the true landmarks.",
        read=_read,
        reduction="mean over pixels within the hull, then channels, then frames",
    ),
)
