"""Sheets and ribbons of hair: points, triangles and the texels of the hair's layer that they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.synthetic.atlas import AXIS_Z, TOP, texel

STREAKS = 3  # texels from a ribbon's middle to its edge


@dataclass(frozen=True)
class Sheet:
    """A piece of hair: points (N, 3) in decimetres, triangles (T, 3), texels (T, 3, 2)."""

    points: np.ndarray
    triangles: np.ndarray
    texels: np.ndarray


def grid(points: np.ndarray, azimuth: np.ndarray) -> Sheet:
    """A sheet through a grid of points (R, C, 3), which shows the texels at azimuths (R, C) and the points' heights."""
    rows, columns = azimuth.shape
    corner = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    column, row = texel(azimuth.ravel(), np.minimum(points[..., 1].ravel(), TOP))
    return Sheet(points.reshape(-1, 3), triangles, np.stack([column, row], -1)[triangles])


def ribbons(lines: np.ndarray, width: np.ndarray, towards: np.ndarray, rng: np.random.Generator) -> Sheet:
    """Ribbons along lines (S, K, 3), of width (S, K) decimetres, whose flat side is turned towards (S, 1 or K, 3) as far as it can be.

    Each shows the texels in a row beside its root: its colour is that of the hair it leaves, and streaks run along it.
    """
    count, nodes = lines.shape[:2]
    along = np.gradient(lines, axis=1)
    across = unit(np.cross(along, towards)) * width[..., None] / 2
    points = np.stack([lines - across, lines + across], 2)
    first = 2 * np.arange(nodes - 1) + 2 * nodes * np.arange(count)[:, None]
    a, b, c, d = first, first + 1, first + 3, first + 2
    triangles = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 1).reshape(-1, 3)
    column, row = texel(np.arctan2(lines[:, 0, 0], lines[:, 0, 2] - AXIS_Z), np.minimum(lines[:, 0, 1], TOP))
    column = (column + 16 * rng.normal(size=count))[:, None, None] + np.array([-STREAKS, STREAKS])
    column, row = (np.broadcast_to(values, points.shape[:3]) for values in (column, row[:, None, None]))
    return Sheet(points.reshape(-1, 3), triangles, np.stack([column.ravel(), row.ravel()], -1)[triangles])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) brought to length 1."""
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)
