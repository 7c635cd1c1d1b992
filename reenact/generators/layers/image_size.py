"""Sizes that a network can halve and double again."""

from __future__ import annotations

from torch import Tensor

from reenact.errors import ReenactError


def check_size(image: Tensor, halvings: int) -> None:
    """Raise ReenactError unless (B, C, H, W) has H and W that can be halved so many times."""
    step, shape = 2**halvings, tuple(image.shape)
    height, width = shape[-2:]
    if image.ndim != 4 or height % step or width % step or not height * width:
        raise ReenactError(
            f"this network's images are (B, C, H, W) with H and W multiples of {step}, not {shape}; set the generator's image_size so"
        )
