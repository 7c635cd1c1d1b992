"""Small parts that the head's mesh lacks, such as single teeth, hung on its vertices so that they move with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

ANCHORS = 3  # vertices of the mesh that carry a point


@dataclass(frozen=True)
class Piece:
    """Points that the head carries, and triangles of one material between them.

    source (N, K) int: vertices of the head; weight (N, K): their shares; offset (N, 3) decimetres from where these lie;
    triangles (T, 3); texels (T, 3, 2): what the material's colour depends on; material; occlusion (N,) in 0..1.
    """

    source: np.ndarray
    weight: np.ndarray
    offset: np.ndarray
    triangles: np.ndarray
    texels: np.ndarray
    material: int
    occlusion: np.ndarray

    def points(self, head: np.ndarray) -> np.ndarray:
        """Where the points (N, 3) lie on a head with vertices (V, 3)."""
        return np.einsum("nk,nkd->nd", self.weight, head[self.source]) + self.offset


def anchored(points: np.ndarray, average: np.ndarray, anchors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source, weight and offset of points (N, 3) on the average head (V, 3), carried by the nearest of some vertices (A,)."""
    distance, nearest = cKDTree(average[anchors]).query(points, ANCHORS)
    weight = 1 / (distance + 0.01) ** 2
    weight /= weight.sum(1, keepdims=True)
    source = anchors[nearest]
    return source, weight, points - np.einsum("nk,nkd->nd", weight, average[source])


def rigid(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source, weight and offset of points (N, 3) that no expression moves: they only turn with the head."""
    return np.zeros((len(points), ANCHORS), int), np.zeros((len(points), ANCHORS)), points


def joined(pieces: list[Piece]) -> Piece:
    """Several pieces of one material as one."""
    starts = np.cumsum([0, *(len(piece.offset) for piece in pieces)])
    return Piece(
        np.concatenate([piece.source for piece in pieces]),
        np.concatenate([piece.weight for piece in pieces]),
        np.concatenate([piece.offset for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, starts, strict=False)]),
        np.concatenate([piece.texels for piece in pieces]),
        pieces[0].material,
        np.concatenate([piece.occlusion for piece in pieces]),
    )


def grid_triangles(rows: int, columns: int, closed: bool = False) -> np.ndarray:
    """Triangles (T, 3) of a grid of points, row after row, anticlockwise where columns run to the right and rows down.

    closed: whether the last column joins the first.
    """
    corner = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        corner = np.concatenate([corner, corner[:, :1]], 1)
    a, b, c, d = (part.ravel() for part in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
