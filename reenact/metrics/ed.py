"""Expression distance (ED): how far apart are the expressions of two faces? (paper, Section 4)

    ED(a, b) = |a - b|₂

with a, b the intensities of facial action units. The paper takes OpenFace's and names neither list, scale nor reduction. Here:

- list: the 51 of `reenact.face3d.headmodel.BLENDSHAPES`, ARKit's, as the 3D fit finds them. Eight of them are of gaze. They add little,
  as 68 landmarks hardly show it;
- scale: each in [0, 1], 1 being full strength;
- reduction: the Euclidean norm over the blendshapes, a sum and no mean. Values lie between 0 and √51 ≈ 7.1.

Two faces at rest have a distance of 0; no case is undefined.
"""

from __future__ import annotations

import numpy as np

from reenact.face3d.headmodel.blendshapes import BLENDSHAPES
from reenact.metrics.base import Metric, Reference


def ed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distance of blendshape intensities, frame by frame.

    a, b: (F, U) float, or (1, U) for one that stands for all. Returns (F,) float64, not below 0.
    """
    return np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1)


METRIC = Metric(
    name="ed",
    title="ED",
    better="lower",
    range=(0.0, len(BLENDSHAPES) ** 0.5),
    reference=Reference.DRIVING_FRAME,
    backend="headmodel-{face_model}",
    tables=(2, 4),
    place=30,
    about="Expression: the Euclidean distance of two vectors of blendshapes.",
    measure=lambda faces: ed(faces.result.blendshapes, faces.driving.blendshapes),
    headline=("cross",),
    note=(
        "Landmarks are found anew in either image, and a 3D face is fitted to them. The paper's backend is OpenFace, "
        "with other units on a scale that it does not name."
    ),
)
