"""Where mouth and eyes are: errors count more there, and there alone the network paints finely."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.faces.layout68 import EYES, MOUTH

REACH = 1.1  # a region reaches this far beyond its landmarks
MARGIN = 1.0  # pixels


def mouth_and_eyes(landmarks: Tensor, size: int) -> Tensor:
    """(B, 1, size, size): 1 on the mouth and the eyes of landmarks (B, 68, 2) in pixels, fading to 0 around them.

    A region is exp(-d⁴), d the distance from its middle in units of its own half width.
    """
    pixels = torch.arange(size, device=landmarks.device, dtype=torch.float32)
    total = landmarks.new_zeros(len(landmarks), size, size)
    for part in (MOUTH, *EYES):
        points = landmarks[:, part]
        low, high = points.amin(1), points.amax(1)
        middle, radius = (low + high) / 2, REACH * (high - low).amax(1) / 2 + MARGIN
        x, y = (((pixels - middle[:, axis, None]) / radius[:, None]).square() for axis in (0, 1))
        total = total + torch.exp(-(x[:, None, :] + y[:, :, None]).square())
    return total.clamp(max=1).unsqueeze(1)
