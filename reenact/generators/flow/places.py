"""Places of a picture in units that do not depend on its size, and pictures sampled at them.

A place is (x, y), from -1 at the picture's left and upper edges to 1 at its right and lower ones. The centre of the first of S pixels is
1/S - 1. A flow is (B, 2, H, W) float32: for each pixel of a wanted picture the place in the target's picture that shows the same.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

Values = tuple[float, ...] | tuple[tuple[float, ...], ...]


@cache
def constant(values: Values, device: torch.device) -> Tensor:
    """Numbers as a float32 tensor on the device, copied there once: each copy waits for all that the device has to do."""
    with torch.inference_mode(False):  # whoever asks first, a training may ask next
        return torch.tensor(values, dtype=torch.float32, device=device)


def to_places(landmarks: Tensor, size: int) -> Tensor:
    """Landmarks (..., 2) in pixels of a size×size picture, (0, 0) the centre of its first pixel -> places, float32."""
    return (landmarks.float() + 0.5) * (2.0 / size) - 1.0


def grid(side: int, device: torch.device) -> Tensor:
    """The places of the centres of side×side pixels: (side, side, 2) float32, row by row."""
    line = (torch.arange(side, device=device) + 0.5) * (2.0 / side) - 1.0
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack((x, y), -1)


def sample(image: Tensor, flow: Tensor) -> Tensor:
    """The image (B, C, H, W) as the flow (B, 2, h, w) has it: (B, C, h, w) float32, bilinear. Beyond its edges it goes on as they are.

    In float32 also where the image is not: a place in bfloat16 would be pixels off.
    """
    return F.grid_sample(image.float(), flow.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=False)


def resize(maps: Tensor, side: int) -> Tensor:
    """(B, C, h, w) -> (B, C, side, side), bilinear. A flow keeps its meaning, as its places know no pixels."""
    return F.interpolate(maps, size=(side, side), mode="bilinear", align_corners=False)


def shrunk(images: Tensor, side: int) -> Tensor:
    """(B, C, S, S) -> (B, C, side, side), means over areas, which overlap where `side` does not divide S. Smaller images stay."""
    return images if images.shape[-1] <= side else F.interpolate(images, size=(side, side), mode="area")
