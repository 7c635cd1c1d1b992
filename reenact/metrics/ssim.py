"""Structural similarity (SSIM, Wang et al. 2004) of RGB images.

    SSIM = (2 μa μb + C1)(2 σab + C2) / ((μa² + μb² + C1)(σa² + σb² + C2)),   C1 = (0.01 L)², C2 = (0.03 L)²

with means, variances and covariance under an 11×11 Gaussian window of σ 1.5 (weights summing to one, no sample correction) and
the data range L = 255. Computed for each channel, averaged over the three channels, and then over the pixels whose window lies
inside the image.
"""

from __future__ import annotations

import cv2
import numpy as np

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


def ssim(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Mean SSIM of two (H, W, 3) uint8 images over all pixels, and over those of `mask`, (H, W) bool; 1 where the images are equal.

    Pixels whose window reaches beyond the image count in neither; where none of the mask is left, its mean is NaN.
    """
    similarity = ssim_map(a, b)
    within = similarity[mask[MARGIN:-MARGIN, MARGIN:-MARGIN]]
    return float(similarity.mean()), float(within.mean()) if within.size else float("nan")


def face_mask(landmarks: np.ndarray, size: int) -> np.ndarray:
    """The convex hull of the landmarks, (68, 2) float in pixels, as a (size, size) bool mask; it ends at the brows."""
    hull = cv2.convexHull(np.round(landmarks).astype(np.int32))
    mask = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(mask, hull, 1)
    return mask.astype(bool)


def _smooth(image: np.ndarray) -> np.ndarray:
    blurred = cv2.GaussianBlur(image, (WINDOW, WINDOW), SIGMA)
    return blurred[MARGIN:-MARGIN, MARGIN:-MARGIN]
