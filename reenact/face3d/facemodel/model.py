"""A linear face model: shape = mean + identity · coefficients, vertices = shape + blendshapes · displacements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reenact.errors import ReenactError
from reenact.face3d.headmodel import BLENDSHAPES, Camera, rotation_matrices
from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable
from reenact.face3d.headmodel.model import NECK_PIVOT


@dataclass(frozen=True, eq=False)
class FaceModel:
    """A face in three dimensions, in the head model's axes and blendshapes: decimetres, x to the image's right, y up, z to the camera.

    name: what figures measured with the model are labelled with. mean (V, 3) neutral vertices of the average person. identity (K, V, 3)
    displacements at one standard deviation of each coefficient, whose prior is standard normal. blendshapes (51, V, 3) displacements of the
    blendshapes in the order of `BLENDSHAPES`. table: which vertices make which landmark; the jaw's slide with yaw.
    """

    name: str
    mean: np.ndarray
    identity: np.ndarray
    blendshapes: np.ndarray
    table: LandmarkTable

    def shapes(self, coefficients: np.ndarray) -> np.ndarray:
        """Neutral vertices (N, V, 3) float64 of people with coefficients (N, K)."""
        coefficients = np.asarray(coefficients, np.float64)
        if coefficients.ndim != 2 or coefficients.shape[1] != len(self.identity):
            raise ReenactError(f"Face model {self.name}: coefficients must be (N, {len(self.identity)}), not {coefficients.shape}.")
        moves = coefficients.astype(np.float32) @ self.identity.reshape(len(self.identity), -1).astype(np.float32, copy=False)
        return self.mean + moves.reshape(-1, *self.mean.shape).astype(np.float64)

    def landmarks(self, shape: np.ndarray, blendshapes: np.ndarray, rotation: np.ndarray, camera: Camera) -> np.ndarray:
        """The 68 landmarks (F, 68, 2) float32, in pixels of the camera's picture, (0, 0) the centre of the top-left pixel.

        shape (V, 3) neutral vertices; blendshapes (F, 51) in 0..1; rotation (F, 3) yaw, pitch, roll in radians (`rotation_matrices`), about
        the head model's pivot in the neck; camera: one for all frames, or with one value per frame. A landmark of several vertices is the
        projection of their mean (the head model takes the mean of their projections: under 0.1 pixels apart in 256).
        """
        blendshapes, rotation = np.asarray(blendshapes, np.float64), np.asarray(rotation, np.float64)
        frames = len(blendshapes)
        if blendshapes.shape != (frames, len(BLENDSHAPES)) or rotation.shape != (frames, 3):
            raise ReenactError(
                f"Face model {self.name}: blendshapes must be (F, {len(BLENDSHAPES)}) and rotation (F, 3); "
                f"they are {blendshapes.shape} and {rotation.shape}."
            )
        neutral = self.table.stacked @ np.asarray(shape, np.float64)[self.table.vertices]
        means = neutral + (blendshapes @ self.landmark_blendshapes.reshape(len(BLENDSHAPES), -1)).reshape(frames, *neutral.shape)
        pixels, _ = camera.project(turned(self.table.from_means(means, rotation[:, 0]), rotation))
        return pixels.astype(np.float32)

    @cached_property
    def landmark_mean(self) -> np.ndarray:
        """The mean's rows of the landmark table, (68 + 17 B, 3) float64."""
        return self.table.stacked @ self.mean[self.table.vertices]

    @cached_property
    def landmark_identity(self) -> np.ndarray:
        """The identity's displacements of the landmark table's rows, (K, 68 + 17 B, 3) float64."""
        return self.table.stacked @ self.identity[:, self.table.vertices].astype(np.float64)

    @cached_property
    def landmark_blendshapes(self) -> np.ndarray:
        """The blendshapes' displacements of the landmark table's rows, (51, 68 + 17 B, 3) float64."""
        return self.table.stacked @ self.blendshapes[:, self.table.vertices].astype(np.float64)


def turned(points: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Points (F, N, 3) turned by rotation (F, 3) radians about the neck."""
    return NECK_PIVOT + (points - NECK_PIVOT) @ np.swapaxes(rotation_matrices(rotation), -1, -2)
