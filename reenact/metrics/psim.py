"""Pose similarity (PSIM): do two heads point the same way? (paper, Section 4)

    PSIM(a, b) = a·b / (|a| |b|)

with a, b the vectors of head rotation about X, Y and Z in radians. The paper estimates them with OpenFace. Here they are those of the 3D
fit, or OpenFace's where its path is given.

The cosine sees only the direction of the vector. A turn of 5° and one of 25° about the same axis are alike. The direction of a head that
is hardly turned is mostly noise. Where a vector is zero the cosine is undefined, and the value is settled here. It is 1 where neither
head is turned. It is 0 where one head is turned and the other is not.

On real people, who look into the camera, a vector that all heads share makes all alike. Centred PSIM takes the mean rotation of all
driving frames from both first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.motion import MOTIONS

LEAST_ANGLE = 1e-6  # radians: a shorter rotation vector is that of a head that is not turned


def psim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of the angle between rotation vectors, frame by frame.

    a, b: (F, 3) float, or (1, 3) for one that stands for all: angles about the three axes in radians, in one order (which does not matter).
    Returns (F,) float64 in [-1, 1].
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    lengths = np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1)
    still_a, still_b = (length < LEAST_ANGLE for length in lengths)
    settled = np.where(still_a & still_b, 1.0, np.where(np.isnan(lengths[0] + lengths[1]), np.nan, 0.0))
    product, norm = np.sum(a * b, axis=-1), lengths[0] * lengths[1]
    return np.clip(np.divide(product, norm, out=settled, where=~(still_a | still_b)), -1.0, 1.0)


def _plain(reader: str) -> Callable[[Comparison], np.ndarray]:
    return lambda faces: psim(faces.result.readings[f"{reader}.rotation"], faces.driving.readings[f"{reader}.rotation"])


def _centred(reader: str) -> Callable[[Comparison], np.ndarray]:
    def measure(faces: Comparison) -> np.ndarray:
        mean = faces.gallery.driving_means[f"{reader}.rotation"]
        result, driving = (each.readings[f"{reader}.rotation"] - mean for each in (faces.result, faces.driving))
        return psim(result, driving)

    return measure


METRICS = tuple(
    metric
    for motion in MOTIONS
    for metric in (
        Metric(
            name=f"psim{motion.ending}",
            title=f"PSIM{motion.title}",
            better="higher",
            range=(-1.0, 1.0),
            reference=Reference.DRIVING_FRAME,
            backend=motion.backend,
            tables=(2, 4),
            place=20 + motion.place,
            about="Head pose: the cosine of two vectors of head rotation.",
            measure=_plain(motion.reader),
            reader=motion.reader,
            needs_face=True,
            note=motion.note,
        ),
        Metric(
            name=f"psim_centred{motion.ending}",
            title=f"PSIM, centred{motion.title}",
            better="higher",
            range=(-1.0, 1.0),
            reference=Reference.DRIVING_FRAME,
            backend=motion.backend,
            tables=(4,),
            place=21 + motion.place,
            about="Head pose: the cosine of two vectors of head rotation, each without the mean of all driving frames.",
            measure=_centred(motion.reader),
            reader=motion.reader,
            needs_face=True,
        ),
    )
)
