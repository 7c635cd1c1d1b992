"""Average pose distance (APD): the mean difference of the head's angles.

    APD(a, b) = (|yaw_a - yaw_b| + |pitch_a - pitch_b| + |roll_a - roll_b|) / 3

in degrees. The field uses the name for several things: the mean over three angles of a fitted face model, in radians or degrees, or the
Euclidean distance of pose vectors. This is the first, in degrees, and the face model is this project's: no published figure can be set
against it.
"""

from __future__ import annotations

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference


def apd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean absolute difference of the three angles, frame by frame: (F, 3) radians, or (1, 3) for all -> (F,) float64 degrees."""
    differences = np.asarray(a, np.float64) - np.asarray(b, np.float64)
    return np.degrees(np.abs((differences + np.pi) % (2 * np.pi) - np.pi).mean(axis=-1))


def _measure(faces: Comparison) -> np.ndarray:
    return apd(faces.result.readings["headmodel.rotation"], faces.driving.readings["headmodel.rotation"])


METRICS = (
    Metric(
        name="apd",
        title="APD (average pose distance), °",
        better="lower",
        range=(0.0, 180.0),
        reference=Reference.DRIVING_FRAME,
        backend="headmodel-{face_model}",
        tables=(),
        place=26,
        about="Head pose: the mean absolute difference of yaw, pitch and roll, degrees.",
        measure=_measure,
        reader="headmodel",
        needs_face=True,
        note="Other papers' angles are of other face models, in other units, or are pose vectors.",
    ),
)
