"""The 68 landmarks as means of mesh vertices; the jaw's points slide over the cheek as the head turns."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import numpy as np

JAW_POINTS = 17
JAW_YAW_LIMIT = math.radians(30)


class LandmarkTable:
    """Which vertices make which landmark.

    vertices (K,) positions in the head mesh of all vertices that any landmark uses; fixed (68, K) averaging weights; jaw (B, 17, K)
    averaging weights at the yaw angles jaw_yaw (B,), radians, ascending.
    """

    def __init__(self, vertex_id: np.ndarray) -> None:
        """vertex_id (V,): MakeHuman's id of each vertex of the head mesh."""
        table = json.loads(files(__package__).joinpath("landmarks68.json").read_text(encoding="utf-8"))
        jaw = sorted((int(degrees), rows) for degrees, rows in table["jaw"].items())
        used = sorted({vertex for rows in (table["static"], *(rows for _, rows in jaw)) for row in rows for vertex in row})
        place = {int(vertex): position for position, vertex in enumerate(vertex_id)}
        column = {vertex: position for position, vertex in enumerate(used)}
        self.vertices = np.array([place[vertex] for vertex in used])
        self.fixed = averaging(table["static"], column)
        self.jaw = np.stack([averaging(rows, column) for _, rows in jaw])
        self._stacked = np.concatenate([self.fixed, self.jaw.reshape(-1, len(used))])
        self.jaw_yaw = np.radians([degrees for degrees, _ in jaw])

    def from_vertices(self, points: np.ndarray, yaw: np.ndarray) -> np.ndarray:
        """Landmarks (F, 68, D) from the used vertices' points (F, K, D) and the yaw (F,), radians; the jaw is interpolated in it."""
        frames, _, axes = points.shape
        # One matrix product for all frames and all yaw angles of the table.
        means = (self._stacked @ points.transpose(1, 0, 2).reshape(len(self.vertices), -1)).reshape(-1, frames, axes)
        landmarks = means[: len(self.fixed)].transpose(1, 0, 2).copy()
        jaw_at = means[len(self.fixed) :].reshape(len(self.jaw), JAW_POINTS, frames, axes)
        landmarks[:, :JAW_POINTS] = np.einsum("fb,bjfd->fjd", interpolation(self.jaw_yaw, yaw), jaw_at)
        return landmarks


def averaging(rows: list[list[int]], column: dict[int, int]) -> np.ndarray:
    """A matrix (len(rows), len(column)) that takes the mean of each row's vertices."""
    matrix = np.zeros((len(rows), len(column)))
    for index, row in enumerate(rows):
        matrix[index, [column[vertex] for vertex in row]] = 1 / len(row)
    return matrix


def interpolation(knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear interpolation weights (F, B) of values (F,) between ascending knots (B,), clamped at the ends."""
    return np.stack([np.interp(values, knots, np.eye(len(knots))[k]) for k in range(len(knots))], -1)
