"""Pixels as networks take them."""

from __future__ import annotations

import numpy as np


def to_signed(pixels: np.ndarray, out: np.ndarray) -> None:
    """Write uint8 `pixels`, 0 to 255, into float32 `out` of the same shape as -1 to 1."""
    # With numpy, picture by picture: it stays in the cache, and torch would start a pool of threads in every thread that calls this.
    out[...] = pixels
    out /= np.float32(127.5)
    out -= np.float32(1)
