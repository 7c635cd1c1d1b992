"""The 68 landmarks as means of mesh vertices; the jaw's points slide over the cheek as the head turns."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files

import numpy as np

from reenact.faces.layout68 import JAW_POINTS

JAW_YAW_LIMIT = math.radians(30)

Rows = Sequence[Sequence[int]]


class LandmarkTable:
    """Which vertices make which landmark.

    vertices (K,) positions in the mesh of all vertices that any landmark uses; fixed (68, K) averaging weights; jaw (B, 17, K)
    averaging weights at the yaw angles jaw_yaw (B,), radians, ascending; stacked (68 + 17 B, K): fixed, then jaw, as one matrix.
    """

    def __init__(self, fixed: Rows, jaw: Mapping[int, Rows]) -> None:
        """fixed: the vertices of each of the 68 landmarks; jaw: those of landmarks 0 to 16 at yaw angles in degrees, two or more."""
        angles = sorted(jaw)
        self.vertices = np.array(sorted({vertex for rows in (fixed, *jaw.values()) for row in rows for vertex in row}))
        column = {vertex: place for place, vertex in enumerate(self.vertices.tolist())}
        self.fixed = averaging(fixed, column)
        self.jaw = np.stack([averaging(jaw[degrees], column) for degrees in angles])
        self.jaw_yaw = np.radians(angles)
        self.stacked = np.concatenate([self.fixed, self.jaw.reshape(-1, len(self.vertices))])

    def from_vertices(self, points: np.ndarray, yaw: np.ndarray) -> np.ndarray:
        """Landmarks (F, 68, D) from the used vertices' points (F, K, D) and the yaw (F,), radians; the jaw is interpolated in it."""
        frames, _, axes = points.shape
        # One matrix product for all frames and all yaw angles of the table.
        means = (self.stacked @ points.transpose(1, 0, 2).reshape(len(self.vertices), -1)).reshape(-1, frames, axes)
        return self.from_means(means.transpose(1, 0, 2), yaw)

    def from_means(self, means: np.ndarray, yaw: np.ndarray) -> np.ndarray:
        """Landmarks (F, 68, D) from the products of `stacked` with the used vertices' points, (F, 68 + 17 B, D), and the yaw (F,)."""
        landmarks = means[:, : len(self.fixed)].copy()
        landmarks[:, :JAW_POINTS] = self.jaw_at(means, interpolation(self.jaw_yaw, yaw))
        return landmarks

    def jaw_at(self, means: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The jaw's landmarks (F, 17, D) as sums over the yaw angles, with weights (F, B)."""
        frames, _, axes = means.shape
        by_angle = means[:, len(self.fixed) :].reshape(frames, len(self.jaw), -1)
        return (weights[:, None] @ by_angle).reshape(frames, JAW_POINTS, axes)


def head_table(vertex_id: np.ndarray) -> LandmarkTable:
    """The table of MakeHuman's head; vertex_id (V,): MakeHuman's id of each vertex of the head mesh."""
    table = json.loads(files(__package__).joinpath("landmarks68.json").read_text(encoding="utf-8"))
    place = {int(vertex): position for position, vertex in enumerate(vertex_id)}

    def placed(rows: Rows) -> Rows:
        return [[place[vertex] for vertex in row] for row in rows]

    return LandmarkTable(placed(table["static"]), {int(degrees): placed(rows) for degrees, rows in table["jaw"].items()})


def averaging(rows: Rows, column: Mapping[int, int]) -> np.ndarray:
    """A matrix (len(rows), len(column)) that takes the mean of each row's vertices."""
    matrix = np.zeros((len(rows), len(column)))
    for index, row in enumerate(rows):
        matrix[index, [column[vertex] for vertex in row]] = 1 / len(row)
    return matrix


def interpolation(knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear interpolation weights (F, B) of values (F,) between ascending knots (B,), clamped at the ends."""
    return np.stack([np.interp(values, knots, np.eye(len(knots))[k]) for k in range(len(knots))], -1)


def interpolation_slopes(knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Derivatives (F, B) of `interpolation`'s weights by the values: zero where they are clamped."""
    left = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    inside = (values >= knots[0]) & (values < knots[-1])
    slope = inside / (knots[left + 1] - knots[left])
    slopes, frame = np.zeros((len(values), len(knots))), np.arange(len(values))
    slopes[frame, left], slopes[frame, left + 1] = -slope, slope
    return slopes
