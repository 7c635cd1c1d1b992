"""The person to be reenacted, cropped as the networks' training pictures were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Target:
    """A target as the networks and people see it.

    picture: (S, S, 3) uint8 RGB, of the generator's side S. landmarks: (68, 2) float32 in its pixels. shown: (O, O, 3), for people.
    """

    name: str
    picture: np.ndarray
    landmarks: np.ndarray
    shown: np.ndarray
