"""Structural similarity (SSIM, Wang et al. 2004) of RGB images.

    SSIM = (2 μa μb + C1)(2 σab + C2) / ((μa² + μb² + C1)(σa² + σb² + C2)),   C1 = (0.01 L)², C2 = (0.03 L)²

with means, variances and covariance under an 11×11 Gaussian window of σ 1.5 (weights summing to one, no sample correction). The data
range is L = 255. It is computed for each channel. The mean is over the three channels, then over the pixels whose window lies inside the
image.
"""

from __future__ import annotations

import cv2
import numpy as np

from reenact.metrics.base import Clip, Metric, Reference

BACKEND = "ssim-gaussian-11-1.5-range-255-rgb"
WINDOW = 11
SIGMA = 1.5
DATA_RANGE = 255.0
MARGIN = WINDOW // 2


def ssim_map(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """SSIM at each pixel, the mean over the channels.

    a, b: (H, W, 3) uint8 of equal shape, H and W at least 11. Returns (H - 10, W - 10) float64: the pixels whose window lies inside.
    """
    if a.shape != b.shape or a.ndim != 3 or min(a.shape[:2]) < WINDOW:
        raise ValueError(f"two images of equal shape, at least {WINDOW} pixels a side, are needed, not {a.shape} and {b.shape}")
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean_a, mean_b = _smooth(a), _smooth(b)
    variance_a = _smooth(a * a) - mean_a**2
    variance_b = _smooth(b * b) - mean_b**2
    covariance = _smooth(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2
    similarity = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    similarity /= (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    return similarity.mean(axis=-1)


def _smooth(image: np.ndarray) -> np.ndarray:
    blurred = cv2.GaussianBlur(image, (WINDOW, WINDOW), SIGMA)
    return blurred[MARGIN:-MARGIN, MARGIN:-MARGIN]


def ssim_maps(clip: Clip) -> np.ndarray:
    """SSIM at each pixel of each picture of a clip, against its driving frames: (F, S - 10, S - 10) float64."""
    assert clip.driving is not None
    true = clip.driving.images
    return np.stack([ssim_map(image, each) for image, each in zip(np.broadcast_to(clip.images, true.shape), true, strict=True)])


def _read(clip: Clip) -> np.ndarray | None:
    return clip.once(ssim_maps).mean(axis=(1, 2)) if clip.is_truth else None


METRICS = (
    Metric(
        name="ssim",
        title="SSIM",
        better="higher",
        range=(-1.0, 1.0),
        reference=Reference.TRUE_FRAME,
        backend=BACKEND,
        tables=(3,),
        place=50,
        about="Structure: the structural similarity of two pictures.",
        read=_read,
        reduction="mean over pixels whose window lies inside, then channels, then frames",
        note="It depends on the pictures' size. The paper names no settings.",
    ),
)
