"""Where the fit starts: the best of a grid of views of the mean face, at any tilt."""

from __future__ import annotations

import numpy as np

from reenact.face3d.fit.basis import Basis
from reenact.face3d.fit.priors import NOISE
from reenact.face3d.fit.view import POSE, project
from reenact.face3d.headmodel import rotation_matrices

YAW_DEGREES = (-45, -30, -15, 0, 15, 30, 45)
PITCH_DEGREES = (-20, 0, 20)
STEADY = slice(0, 48)  # contour, brows, nose and eyes: the mouth opens and moves the rest
WEIGHTS = NOISE[STEADY] ** -2 / (NOISE[STEADY] ** -2).sum()


def starting_pose(basis: Basis, landmarks: np.ndarray) -> np.ndarray:
    """Poses (F, 6), as `project` takes them, of landmarks (F, 68, 2).

    For each view of the mean face, tilt, size and place that fit best have a closed form: as complex numbers, landmarks z and the view q,
    z ≈ a q + b by weighted least squares. The view with the smallest rest wins.
    """
    views = np.array([(yaw, pitch, 0, 0, 0, 0) for yaw in YAW_DEGREES for pitch in PITCH_DEGREES], np.float64)
    views[:, :2] = np.radians(views[:, :2])
    neutral = np.zeros((len(views), len(basis.moves)))
    view, _ = _centred(project(basis, views, neutral))
    seen, seen_centre = _centred(landmarks)
    products = seen @ (WEIGHTS * view.conj()).T  # (F, views)
    best = np.argmax(np.abs(products) ** 2 / _squares(view), axis=1)
    factor = products[np.arange(len(seen)), best] / _squares(view)[best]
    pose = np.zeros((len(seen), POSE))
    pose[:, :3] = angles(_tilt(np.angle(factor)) @ rotation_matrices(views[best, :3]))
    pose[:, 3] = np.log(np.abs(factor))
    # The tilt is about the line of sight, the pose's about the neck: put the face where it is seen.
    _, centre = _centred(project(basis, pose, neutral[:1].repeat(len(seen), 0)))
    offset = seen_centre - centre
    pose[:, 4], pose[:, 5] = offset.real, offset.imag
    return pose


def _centred(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The steady landmarks (F, 48) as x + i y about their weighted mean, and that mean (F,)."""
    plane = points[:, STEADY, 0] + 1j * points[:, STEADY, 1]
    centre = plane @ WEIGHTS
    return plane - centre[:, None], centre


def _squares(plane: np.ndarray) -> np.ndarray:
    return np.abs(plane) ** 2 @ WEIGHTS


def _tilt(clockwise: np.ndarray) -> np.ndarray:
    """Rotation matrices (F, 3, 3) about the line of sight."""
    zero = np.zeros_like(clockwise)
    return rotation_matrices(np.stack([zero, zero, clockwise], -1))


def angles(matrices: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll (..., 3) of rotation matrices (..., 3, 3): the inverse of `rotation_matrices`, pitch within ±90 degrees."""
    yaw = np.arctan2(matrices[..., 0, 2], matrices[..., 2, 2])
    pitch = np.arcsin(np.clip(-matrices[..., 1, 2], -1, 1))
    roll = np.arctan2(-matrices[..., 1, 0], matrices[..., 1, 1])
    return np.stack([yaw, pitch, roll], -1)
