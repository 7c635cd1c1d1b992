"""Which rows of a landmark table a draw is made of."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from reenact.faces.normalise import normalise
from reenact.shards.reader import LandmarkTable


def rows(table: LandmarkTable, landmarks: Tensor) -> np.ndarray:
    """The table's row (B,) of each normalised landmark set (B, 136)."""
    known = {row.tobytes(): index for index, row in enumerate(normalise(table.landmarks)[0])}
    return np.array([known[row.tobytes()] for row in landmarks.numpy()])
