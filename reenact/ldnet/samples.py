"""Pictures of what LD-Net generates while it trains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from reenact.faces.landmark_image import draw
from reenact.ldnet.landmarks import POINTS
from reenact.ldnet.sampler import Draw
from reenact.training.pictures import sheet

SAMPLES = 4
SIZE = 128
FILLED = 0.85  # share of the picture's side that the landmarks' box takes


@torch.no_grad()
def sample_sheet(generate: Callable[[Draw], tuple[Tensor, Tensor, Tensor]], shown: Draw) -> np.ndarray:
    """A row for each sample of `shown`: target l_T, driver l_S2, generated l'_T, and l'_S2, whose truth is the driver beside it.

    `generate` is a stage's: pose codes, l'_S2 with the subject's identity, l'_T with the target's. Returns (B·128, 4·128, 3) uint8 RGB.
    """
    _, rebuilt, swapped = generate(shown)
    return sheet([draw(_pixels(points), SIZE) for points in (shown.target, shown.second, swapped, rebuilt)])


def _pixels(points: Tensor) -> Tensor:
    """Normalised landmarks (B, 136) -> (B, 68, 2) pixels of the picture.

    A network that has run away is not the picture's to report, but the losses': what is not finite is drawn like what is far outside.
    """
    bounded = points.cpu().nan_to_num().clamp(-8, 8)
    return (bounded.view(-1, POINTS, 2) * FILLED + 1) * (SIZE / 2) - 0.5
