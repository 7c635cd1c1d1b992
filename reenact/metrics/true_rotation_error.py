"""Rotation error against the truth: is the result's head turned as the rendered driver's head really is?

As `metrics.rotation_error`, but with the rotation that the driver was rendered with in place of one that was fitted. The fit's own error is
in it: the row of the driving frames says how large that is.
"""

from __future__ import annotations

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.rotation_error import rotation_error


def _measure(faces: Comparison) -> np.ndarray | None:
    return None if faces.truth is None else rotation_error(faces.result.readings["headmodel.rotation"], faces.truth.rotation)


METRICS = (
    Metric(
        name="true_rotation_error",
        title="Rotation error against the truth, °",
        better="lower",
        range=(0.0, 180.0),
        reference=Reference.TRUTH,
        backend="headmodel-{face_model}",
        tables=(),
        place=43,
        about="Head pose: the angle between the fitted rotation and the one that the driver was rendered with, degrees.",
        measure=_measure,
        reader="headmodel",
        needs_face=True,
    ),
)
