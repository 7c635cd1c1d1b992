"""Turn error: does the head turn as the driver's does, wherever it began?

    error = angle between R_f R_0ᵀ and R*_f R*_0ᵀ

with R_f and R*_f the head's rotations in frame f of result and driver, and R_0 and R*_0 those in the clip's first frame. A method of
relative motion adds the driver's turns to the target's own pose: the rotation error sees how far that is from the driver's, this one not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.motion import MOTIONS
from reenact.metrics.rotation_error import MATRICES, angle_between


def turn_error(a: np.ndarray, b: np.ndarray, reader: str = "headmodel") -> np.ndarray:
    """Of a clip's angles (F, 3) radians that a reader found: (F,) float64 degrees. NaN in the first frame, and where an angle is NaN."""
    turns = [matrices @ matrices[0].T for matrices in (MATRICES[reader](angles) for angles in (a, b))]
    unknown = np.isnan(a).any(axis=-1) | np.isnan(b).any(axis=-1)
    # Without the first frame nothing is known of any turn.
    return np.where(unknown | unknown[0] | (np.arange(len(a)) == 0), np.nan, angle_between(*turns))


def _measure(reader: str) -> Callable[[Comparison], np.ndarray]:
    return lambda faces: turn_error(faces.result.readings[f"{reader}.rotation"], faces.driving.readings[f"{reader}.rotation"], reader)


METRICS = tuple(
    Metric(
        name=f"turn_error{motion.ending}",
        title=f"Turn error{motion.title}, °",
        better="lower",
        range=(0.0, 180.0),
        reference=Reference.DRIVING_CLIP,
        backend=motion.backend,
        tables=(),
        place=23 + motion.place,
        about="Head pose: the angle between the head's turns since the clip's first frame, degrees.",
        measure=_measure(motion.reader),
        reader=motion.reader,
        reduction="mean over all frames but each clip's first",
        needs_face=True,
        is_partial=True,
        note="It is fair to relative motion, which adds the driver's turns to the target's own pose.",
    )
    for motion in MOTIONS
)
