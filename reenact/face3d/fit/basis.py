"""What the fit needs of a face model: the landmark table's points, linear in blendshapes and identity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from reenact.face3d.facemodel import FaceModel
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable
from reenact.faces.layout68 import JAW_POINTS, POINTS


@dataclass(frozen=True, eq=False)
class Basis:
    """Rows of the landmark table, R = 68 + 17 B, as mean + coefficients · moves.

    table; mean (R, 3); moves (C, R, 3) displacements at coefficient 1: the 51 blendshapes, then C - 51 identity modes (none where
    it is held).
    """

    table: LandmarkTable
    mean: np.ndarray
    moves: np.ndarray

    @staticmethod
    def of(model: FaceModel) -> Basis:
        """The basis of a face model, with all of its identity modes."""
        return Basis(model.table, model.landmark_mean, np.concatenate([model.landmark_blendshapes, model.landmark_identity]))

    @property
    def modes(self) -> int:
        """How many identity modes there are."""
        return len(self.moves) - len(BLENDSHAPES)

    def held(self, identity: np.ndarray) -> Basis:
        """The basis of one person with coefficients (K,), without identity modes."""
        mean = self.mean + np.tensordot(identity, self.moves[len(BLENDSHAPES) :], 1)
        return Basis(self.table, mean, self.moves[: len(BLENDSHAPES)])

    def means(self, coefficients: np.ndarray) -> np.ndarray:
        """The rows (F, R, 3) at coefficients (F, C)."""
        # By PyTorch, as in `solve`: the threads of numpy's BLAS are slower here.
        moved = torch.from_numpy(coefficients) @ torch.from_numpy(self.moves.reshape(len(self.moves), -1))
        return self.mean + moved.numpy().reshape(len(coefficients), *self.mean.shape)

    @cached_property
    def fixed_moves(self) -> np.ndarray:
        """(51, 3, C): displacements of landmarks 17 to 67."""
        return np.ascontiguousarray(self.moves[:, JAW_POINTS:POINTS].transpose(1, 2, 0))

    @cached_property
    def jaw_moves(self) -> np.ndarray:
        """(17, 3 B, C): displacements of landmarks 0 to 16 at each yaw angle of the table."""
        by_angle = self.moves[:, POINTS:].reshape(len(self.moves), len(self.table.jaw), JAW_POINTS, 3)
        return np.ascontiguousarray(by_angle.transpose(2, 1, 3, 0)).reshape(JAW_POINTS, -1, len(self.moves))
