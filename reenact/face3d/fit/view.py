"""The projection of a basis and its derivatives.

With rows X of the landmark table at coefficients c, landmark j of a frame is

    x_j = Σ_b w_b(yaw) X_jb for the jaw, X_j elsewhere;  y = pivot + R (x - pivot) - look-at;
    q = (y_x, -y_y) / (D - y_z);  p_j = centre + exp(zoom) q

with `pose` = (yaw, pitch, roll, zoom, centre x, centre y): radians, and otherwise whatever unit of length the landmarks are in. This is
`Camera.project` with centre = size (1/2 + shift) - 1/2 and exp(zoom) = size · scale · D / VIEW_SIDE.
"""

from __future__ import annotations

import numpy as np

from reenact.face3d.fit.basis import Basis
from reenact.face3d.headmodel import rotation_matrices
from reenact.face3d.headmodel.mesh_landmarks import interpolation, interpolation_slopes
from reenact.face3d.headmodel.model import NECK_PIVOT
from reenact.face3d.headmodel.pose import CAMERA_DISTANCE, LOOK_AT
from reenact.faces.layout68 import JAW_POINTS, POINTS

POSE = 6


def project(basis: Basis, pose: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Landmarks (F, 68, 2) at pose (F, 6) and coefficients (F, C)."""
    points = basis.table.from_means(basis.means(coefficients), pose[:, 0])
    _, seen = _turn(points, pose)
    return pose[:, None, 4:] + np.exp(pose[:, 3])[:, None, None] * _image(seen)


def linearise(basis: Basis, pose: np.ndarray, coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks (F, 68, 2) and their derivatives (F, 68, 2, 6 + C) by pose and coefficients."""
    frames = len(pose)
    means, yaw = basis.means(coefficients), pose[:, 0]
    points = basis.table.from_means(means, yaw)
    arm, seen = _turn(points, pose)
    zoom, image = np.exp(pose[:, 3])[:, None, None], _image(seen)
    by_point = _image_slopes(seen) * zoom[..., None]  # (F, 68, 2, 3)
    rotation = rotation_matrices(pose[:, :3])
    derivatives = np.empty((frames, POINTS, 2, POSE + len(basis.moves)))
    moved = np.cross(_axes(pose, rotation)[:, None], arm[:, :, None])  # (F, 68, 3 angles, 3)
    slide = basis.table.jaw_at(means, interpolation_slopes(basis.table.jaw_yaw, yaw))
    moved[:, :JAW_POINTS, 0] += slide @ np.swapaxes(rotation, -1, -2)
    derivatives[..., :3] = by_point @ np.swapaxes(moved, -1, -2)
    derivatives[..., 3] = zoom * image
    derivatives[..., 4:POSE] = np.eye(2)
    before_turn = by_point @ rotation[:, None]
    derivatives[..., POSE:] = _by_coefficients(basis, before_turn, interpolation(basis.table.jaw_yaw, yaw))
    return pose[:, None, 4:] + zoom * image, derivatives


def _turn(points: np.ndarray, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points after the turn, from the pivot and from the point that the camera looks at."""
    arm = (points - NECK_PIVOT) @ np.swapaxes(rotation_matrices(pose[:, :3]), -1, -2)
    return arm, arm + (NECK_PIVOT - LOOK_AT)


def _image(seen: np.ndarray) -> np.ndarray:
    return seen[..., :2] * (1.0, -1.0) / (CAMERA_DISTANCE - seen[..., 2:])


def _image_slopes(seen: np.ndarray) -> np.ndarray:
    """Derivatives (F, 68, 2, 3) of `_image` by the points."""
    near = 1 / (CAMERA_DISTANCE - seen[..., 2])
    slopes = np.zeros((*seen.shape[:2], 2, 3))
    slopes[..., 0, 0], slopes[..., 1, 1] = near, -near
    slopes[..., 0, 2], slopes[..., 1, 2] = seen[..., 0] * near**2, -seen[..., 1] * near**2
    return slopes


def _axes(pose: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """The axes (F, 3, 3) about which a small change of yaw, pitch or roll turns the head that is already turned."""
    axes = np.zeros((len(pose), 3, 3))
    axes[:, 0, 1] = 1
    axes[:, 1, 0], axes[:, 1, 2] = np.cos(pose[:, 0]), -np.sin(pose[:, 0])
    axes[:, 2] = -rotation[:, :, 2]
    return axes


def _by_coefficients(basis: Basis, before_turn: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Derivatives (F, 68, 2, C), as one product per landmark for all frames."""
    frames, width = len(before_turn), len(basis.moves)
    by_point = before_turn.transpose(1, 0, 2, 3)  # (68, F, 2, 3)
    derivatives = np.empty((POINTS, frames * 2, width))
    at_angles = by_point[:JAW_POINTS, :, :, None] * weights[None, :, None, :, None]  # (17, F, 2, B, 3)
    np.matmul(at_angles.reshape(JAW_POINTS, frames * 2, -1), basis.jaw_moves, out=derivatives[:JAW_POINTS])
    np.matmul(by_point[JAW_POINTS:].reshape(-1, frames * 2, 3), basis.fixed_moves, out=derivatives[JAW_POINTS:])
    return derivatives.reshape(POINTS, frames, 2, width).transpose(1, 0, 2, 3)
