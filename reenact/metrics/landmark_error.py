"""How far landmarks are from the true ones, wherever in the picture they lie and however large they are.

Both sets are brought into their own square box, as LD-Net sees them. Then, with h the true set's half side in pixels,

    error = h · mean over the 68 points of |l - l*| / |l*₃₆ - l*₄₅|

The unit is the true distance between the outer corners of the eyes in that frame, as projected. It shrinks as the head turns away.
"""

from __future__ import annotations

import numpy as np

from reenact.faces.layout68 import OUTER_EYES, POINTS
from reenact.faces.normalise import normalise
from reenact.metrics.base import Comparison, Metric, Reference

BACKEND = "headmodel-truth"


def landmark_error(landmarks: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Mean distance of the points without placement, frame by frame: (F, 68, 2) pixels twice -> (F,) float64, not below 0.

    Raises ReenactError for landmarks that are not finite or have no extent.
    """
    found, _ = normalise(landmarks)
    wanted, boxes = normalise(true)
    differences = (found.astype(np.float64) - wanted).reshape(-1, POINTS, 2)
    distances = np.linalg.norm(differences, axis=-1).mean(axis=-1) * boxes.half_side
    left, right = (np.asarray(true, np.float64)[:, corner] for corner in OUTER_EYES)
    return distances / np.linalg.norm(left - right, axis=-1)


def _generated_from(faces: Comparison) -> np.ndarray | None:
    if faces.truth is None or faces.result.generated_from is None:
        return None
    return landmark_error(faces.result.generated_from, faces.truth.landmarks)


def _found(faces: Comparison) -> np.ndarray | None:
    return None if faces.truth is None else landmark_error(faces.result.landmarks, faces.truth.landmarks)


METRICS = (
    Metric(
        name="landmark_error",
        title="Landmark error",
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.TRUTH,
        backend=BACKEND,
        tables=(2,),
        place=40,
        about="How far the landmarks that a picture is made from are from the true ones, in distances between the eyes' outer corners.",
        measure=_generated_from,
        note="Each set of points is first brought into its own box. True are those of the target's head with the driver's motion.",
    ),
    Metric(
        name="seen_landmark_error",
        title="Landmark error, seen",
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.TRUTH,
        backend=f"dlib-68-landmarks, {BACKEND}",
        tables=(),
        place=41,
        about="The same for the landmarks that dlib finds in the result, whatever it was generated from.",
        measure=_found,
        needs_face=True,
    ),
)
