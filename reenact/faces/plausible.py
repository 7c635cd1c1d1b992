"""Whether one face can have moved from some landmarks to others from one frame to the next."""

from __future__ import annotations

import math

import numpy as np

# What one frame to the next may change, in parts of the landmarks' spread. Seen in real clips at 25 frames/s: 0.13, 0.06 and 0.08.
LARGEST_MOVE = 0.4
LARGEST_GROWTH = 0.2
LARGEST_DEFORMATION = 0.25


def is_plausible(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether one face can have gone from landmarks `before` to `after`, each (68, 2), from one frame to the next."""
    move = np.linalg.norm(after.mean(axis=0) - before.mean(axis=0))
    # As complex numbers a similarity is one factor, whose best value is an inner product.
    a, b = (np.subtract(points, points.mean(axis=0)) @ np.array([1, 1j]) for points in (before, after))
    spread_a, spread_b = (float(np.sqrt((np.abs(z) ** 2).mean())) for z in (a, b))
    if spread_a == 0 or spread_b == 0:
        return False
    factor = np.vdot(a, b) / np.vdot(a, a)
    deformation = np.sqrt((np.abs(b - factor * a) ** 2).mean()) / spread_b
    growth = abs(math.log(spread_b / spread_a))
    return bool(move < LARGEST_MOVE * spread_a and growth < LARGEST_GROWTH and deformation < LARGEST_DEFORMATION)
