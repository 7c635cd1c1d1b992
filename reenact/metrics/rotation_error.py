"""Rotation error: by how many degrees must one head be turned to point as the other does?

    error = arccos((tr(RᵀR*) - 1) / 2)

with R and R* the rotation matrices of result and driving frame. It sees how far heads are turned, which the cosine of PSIM does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from reenact.face3d.headmodel.pose import rotation_matrices
from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.motion import MOTIONS

# From a reader's three angles to rotations: the fit's are yaw, pitch and roll of the head model, OpenFace's are about X, Y and Z, in
# the order R = Rx·Ry·Rz.
MATRICES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "headmodel": rotation_matrices,
    "openface": lambda angles: Rotation.from_euler("XYZ", np.nan_to_num(angles)).as_matrix(),
}


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The angle of the rotation from one to the other, degrees: (F, 3, 3) or (1, 3, 3) matrices -> (F,) float64 in [0, 180]."""
    trace = np.einsum("...ij,...ij->...", np.asarray(a, np.float64), np.asarray(b, np.float64))
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0)))


def rotation_error(a: np.ndarray, b: np.ndarray, reader: str = "headmodel") -> np.ndarray:
    """`angle_between` of the angles (F, 3) radians that a reader found, NaN where it found none."""
    error = angle_between(*(MATRICES[reader](angles) for angles in (a, b)))
    return np.where(np.isnan(a).any(axis=-1) | np.isnan(b).any(axis=-1), np.nan, error)


def _measure(reader: str) -> Callable[[Comparison], np.ndarray]:
    return lambda faces: rotation_error(faces.result.readings[f"{reader}.rotation"], faces.driving.readings[f"{reader}.rotation"], reader)


METRICS = tuple(
    Metric(
        name=f"rotation_error{motion.ending}",
        title=f"Rotation error{motion.title}, °",
        better="lower",
        range=(0.0, 180.0),
        reference=Reference.DRIVING_FRAME,
        backend=motion.backend,
        tables=(2, 4),
        place=22 + motion.place,
        about="Head pose: the angle between two head rotations, degrees.",
        measure=_measure(motion.reader),
        reader=motion.reader,
        needs_face=True,
    )
    for motion in MOTIONS
)
