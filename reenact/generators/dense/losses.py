"""What the dense generator minimises. Every mean is over the batch too, in float32."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from reenact.generators.flow.places import constant, shrunk

WINDOW, SIGMA = 11, 1.5
LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (BT.601)
LARGEST_COMPARED = 128  # pixels: grain that is out of place has a lower SSIM than none, so larger pictures are compared without it
C1, C2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2  # of SSIM, for images whose range is 2


def weighted_l1(generated: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """The mean over pixels and channels of the absolute difference of (B, 3, S, S), each pixel with its weight (B, 1, S, S)."""
    return ((generated.float() - truth.float()).abs() * weights).mean()


def dissimilarity(generated: Tensor, truth: Tensor) -> Tensor:
    """1 - SSIM of the luma of images (B, 3, S, S) in [-1, 1]: mean over the pixels whose window lies inside.

    As `reenact.metrics.ssim` has it of grey pictures. Of three colours it takes three times as long, and gives no better pictures.
    Pictures over 128 pixels are compared at 128, by the means over areas.
    """
    a, b = (shrunk(luma(images), LARGEST_COMPARED) + 1 for images in (generated, truth))  # from 0 on, as SSIM compares brightness too
    mean_a, mean_b, square_a, square_b, product = _smooth(torch.cat((a, b, a * a, b * b, a * b), 1)).split(1, 1)
    variance_a, variance_b, covariance = square_a - mean_a**2, square_b - mean_b**2, product - mean_a * mean_b
    similarity = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    return 1 - (similarity / ((mean_a**2 + mean_b**2 + C1) * (variance_a + variance_b + C2))).mean()


def luma(images: Tensor) -> Tensor:
    """RGB (B, 3, S, S) -> (B, 1, S, S), float32."""
    return (images.float() * constant(LUMA, images.device).view(3, 1, 1)).sum(1, keepdim=True)


def _smooth(images: Tensor) -> Tensor:
    """(B, C, H, W) under a Gaussian window -> (B, C, H - 10, W - 10)."""
    distance = torch.arange(WINDOW, device=images.device, dtype=images.dtype) - WINDOW // 2
    line = torch.exp(-distance.square() / (2 * SIGMA**2))
    line = (line / line.sum()).expand(images.shape[1], 1, 1, -1)
    rows = F.conv2d(images, line, groups=len(line))
    return F.conv2d(rows, line.transpose(2, 3), groups=len(line))
