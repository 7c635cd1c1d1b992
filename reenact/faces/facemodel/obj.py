"""Vertex positions out of OBJ files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reenact.errors import ReenactError


def vertices(path: Path) -> np.ndarray:
    """Vertex positions (V, 3) float64 of an OBJ file, in its order; ReenactError naming it where there are none."""
    rows = [line.split()[1:4] for line in path.read_bytes().splitlines() if line.startswith(b"v ")]
    try:
        positions = np.array(rows, np.float64)
    except ValueError:
        positions = np.zeros(0)
    if positions.ndim != 2 or positions.shape[1] != 3 or not np.isfinite(positions).all():
        raise ReenactError(f"{path} is no OBJ file with vertices (lines `v x y z`); download the face model again.")
    return positions
