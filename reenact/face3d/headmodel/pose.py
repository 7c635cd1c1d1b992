"""Head rotation and perspective projection; the conventions of the whole project are stated here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CAMERA_DISTANCE = 14.0  # decimetres from the point that the camera looks at
LOOK_AT = np.array([0.0, 7.05, 0.3])  # on the average head, between nose and mouth, decimetres
VIEW_SIDE = 3.15  # decimetres that a square picture shows at `LOOK_AT` where scale is 1


def rotation_matrices(rotation: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of angles (..., 3): yaw, pitch, roll in radians, R = Ry(yaw) Rx(pitch) Rz(roll).

    Axes: x towards the image's right (the subject's left), y up, z towards the camera; a frontal face looks along +z. +yaw turns the face
    towards the image's right, +pitch nods down, +roll tilts the head clockwise as seen in the image.
    """
    yaw, pitch, roll = np.moveaxis(np.asarray(rotation, np.float64), -1, 0)
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)

    def matrix(*entries: np.ndarray) -> np.ndarray:
        return np.stack(entries, -1).reshape(*yaw.shape, 3, 3)

    about_y = matrix(cy, zero, sy, zero, one, zero, -sy, zero, cy)
    about_x = matrix(one, zero, zero, zero, cp, -sp, zero, sp, cp)
    about_z = matrix(cr, sr, zero, -sr, cr, zero, zero, zero, one)
    return about_y @ about_x @ about_z


@dataclass(frozen=True)
class Camera:
    """A pinhole camera in front of the head, without rotation of its own.

    size: the square picture's side in pixels. scale, shift_x, shift_y: each a number or an array (F,), one value per frame; scale 1 shows
    `VIEW_SIDE` decimetres, shift is in parts of the side, to the right and down.
    """

    size: int
    scale: float | np.ndarray = 1.0
    shift_x: float | np.ndarray = 0.0
    shift_y: float | np.ndarray = 0.0

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (F, V, 2) and depths (F, V) in decimetres of points (F, V, 3).

        Pixels are x right, y down, (0, 0) the centre of the top-left pixel; with (X, Y, Z) = point - LOOK_AT and D = CAMERA_DISTANCE:
        u = size (1/2 + shift_x) + f X / (D - Z) - 1/2, v = size (1/2 + shift_y) - f Y / (D - Z) - 1/2, f = size scale D / VIEW_SIDE.
        """
        scale, shift_x, shift_y = (np.reshape(np.asarray(value, np.float64), (-1, 1)) for value in (self.scale, self.shift_x, self.shift_y))
        x, y, z = np.moveaxis(points - LOOK_AT, -1, 0)
        depth = CAMERA_DISTANCE - z
        focal = self.size * scale * CAMERA_DISTANCE / VIEW_SIDE / depth
        pixels = np.stack([self.size * (0.5 + shift_x) + focal * x - 0.5, self.size * (0.5 + shift_y) - focal * y - 0.5], -1)
        return pixels, depth

    def frame(self, index: int) -> Camera:
        """The camera of one frame, where scale or shift have one value per frame."""
        scale, shift_x, shift_y = (float(np.ravel(v)[index if np.size(v) > 1 else 0]) for v in (self.scale, self.shift_x, self.shift_y))
        return Camera(self.size, scale, shift_x, shift_y)
