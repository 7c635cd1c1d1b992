"""What was seen of a followed face in one frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reenact.video.picture import Picture

# Why a frame has no landmarks of the followed face. A misfit: the detector took something for a face that is none, or not upright.
NO_FACE = "no face"
ANOTHER_FACE = "another face"
MISFIT = "landmarks fit no face"


@dataclass(frozen=True)
class Observation:
    """What was seen of the followed face in a frame.

    frame: index on the 25 frames/s time line. picture: what was shown, or None where it was dropped. landmarks: (68, 2) float32 pixels, or
    None where the face was not found, with the `reason`. score: the detector's, NaN where it did not run or found nothing.
    several: the detector saw more than one face. part: counts up where the face goes on after a cut or a leap.
    """

    frame: int
    picture: Picture | None
    landmarks: np.ndarray | None
    score: float = math.nan
    several: bool = False
    reason: str | None = None
    part: int = 0
