"""Pictures of a training's samples: what people see of its progress. Nothing that decides a network imports this."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from reenact.faces.landmark_image import draw
from reenact.faces.layout68 import POINTS
from reenact.pixels import to_images
from reenact.training.watcher import Samples

SIZE = 128  # of a picture of landmarks, pixels a side
FILLED = 0.85  # share of the picture's side that the landmarks' box takes


def preview(samples: Samples) -> np.ndarray:
    """Samples as one picture, one row per sample, one column per name: (rows · S, columns · S, 3) uint8 RGB."""
    return _sheet([values if values.ndim == 4 else _drawn(values) for values in samples.values()])


def _sheet(columns: Sequence[Tensor]) -> np.ndarray:
    """Columns of B images (B, 3, S, S) in [-1, 1], side by side."""
    return np.concatenate([np.concatenate(to_images(images)) for images in columns], axis=1)


def _drawn(points: Tensor) -> Tensor:
    """Landmark images (B, 3, 128, 128) of normalised landmarks (B, 136).

    Infinite values are drawn far outside and NaN at the centre: it is for the losses to report that a training diverged.
    """
    bounded = points.cpu().nan_to_num().clamp(-8, 8)
    return draw((bounded.view(-1, POINTS, 2) * FILLED + 1) * (SIZE / 2) - 0.5, SIZE)
