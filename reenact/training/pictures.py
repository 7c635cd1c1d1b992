"""Sheets of samples: what a training shows of its progress."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def sheet(columns: Sequence[Tensor]) -> np.ndarray:
    """Columns of B images (B, 3, S, S) in [-1, 1], side by side, as one picture: (B·S, columns·S, 3) uint8 RGB."""
    return torch.cat([_pixels(images) for images in columns], dim=2).flatten(0, 1).numpy()


def _pixels(images: Tensor) -> Tensor:
    """(B, 3, S, S) in [-1, 1] -> (B, S, S, 3) uint8."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to("cpu", torch.uint8).permute(0, 2, 3, 1)
