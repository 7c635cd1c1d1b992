"""Pixels as networks take and return them: uint8 0 to 255 becomes [-1, 1], and back."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def to_signed(pixels: np.ndarray, out: np.ndarray) -> None:
    """Write uint8 `pixels`, 0 to 255, into float32 `out` of the same shape as -1 to 1."""
    # With numpy, picture by picture: a picture fits the cache, and torch would start a pool of threads in every thread that calls this.
    out[...] = pixels
    out /= np.float32(127.5)
    out -= np.float32(1)


def to_tensor(images: np.ndarray, device: torch.device) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)


def to_images(tensor: Tensor) -> np.ndarray:
    """(B, 3, H, W) in [-1, 1] -> (B, H, W, 3) uint8, rounded; values outside are clipped."""
    scaled = (tensor.float() + 1.0).mul(127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()
