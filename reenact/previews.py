"""Pictures of a training's samples: what people see of its progress. Nothing that decides a network imports this."""

from __future__ import annotations

import numpy as np

from reenact.faces.swap_picture import draw_swaps
from reenact.pixels import to_images
from reenact.training.watcher import Samples


def preview(samples: Samples) -> np.ndarray:
    """Samples as one picture, (height, width, 3) uint8 RGB: LD-Net's by `draw_swaps`, images a row per sample and a column per name."""
    if "swapped" in samples:
        return draw_swaps(**{name: values.float().cpu().numpy() for name, values in samples.items()})
    return np.concatenate([np.concatenate(to_images(images)) for images in samples.values()], axis=1)
