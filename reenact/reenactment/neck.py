"""Where the point that a head turns about lies, from landmarks alone.

A face's bounding box moves as the head turns, the mouth opens and the jaw comes into view; the neck does not.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

COEFFICIENTS = Path(__file__).with_name("neck.json")  # `neck_fit` writes it


def neck(points: np.ndarray) -> np.ndarray:
    """The neck's place (..., 2), x and y, in the units of normalised landmarks `points` (..., 136): the face's box is [-1, 1]."""
    coefficients = _coefficients()
    return points.astype(np.float64) @ coefficients[:-1] + coefficients[-1]


@cache
def _coefficients() -> np.ndarray:
    """(137, 2): x and y by coordinate, and the constant."""
    return np.array(json.loads(COEFFICIENTS.read_text(encoding="utf-8")))
