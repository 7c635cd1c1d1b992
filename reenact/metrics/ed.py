"""Expression distance (ED): how far apart are the expressions of two faces? (paper, Section 4)

    ED(a, b) = |a - b|₂

with a, b the intensities of facial action units. The paper takes OpenFace's and names neither list, scale nor reduction. Here:

- list: the 51 of `reenact.face3d.headmodel.BLENDSHAPES`, ARKit's, as the 3D fit finds them. Eight of them are of gaze. They add little,
  as 68 landmarks hardly show it. With OpenFace: its 17 action units with an intensity;
- scale: each in [0, 1], 1 being full strength. With OpenFace: [0, 5];
- reduction: the Euclidean norm over the numbers, a sum and no mean. Values lie between 0 and √51 ≈ 7.1; with OpenFace 5√17 ≈ 20.6.

Two faces at rest have a distance of 0; no case is undefined.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.motion import MOTIONS


def ed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distance of expressions, frame by frame.

    a, b: (F, U) float, or (1, U) for one that stands for all. Returns (F,) float64, not below 0.
    """
    return np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1)


def _measure(reader: str) -> Callable[[Comparison], np.ndarray]:
    return lambda faces: ed(faces.result.readings[f"{reader}.expression"], faces.driving.readings[f"{reader}.expression"])


METRICS = tuple(
    Metric(
        name=f"ed{motion.ending}",
        title=f"ED{motion.title}",
        better="lower",
        range=(0.0, motion.strongest * motion.count**0.5),
        reference=Reference.DRIVING_FRAME,
        backend=motion.backend,
        tables=(2, 4),
        place=30 + motion.place,
        about=f"Expression: the Euclidean distance of two vectors of {motion.count} {motion.units}.",
        measure=_measure(motion.reader),
        reader=motion.reader,
        needs_face=True,
        note=motion.note,
    )
    for motion in MOTIONS
)
