"""The two metrics that the field calls AED. A paper's "AED" says little without its full name.

- average expression distance: the mean absolute difference of expression coefficients, here of the 3D fit's blendshapes. Papers take
  those of a 3D morphable model;
- average Euclidean distance: |e(a) - e(b)|₂ of face-recognition embeddings of the result and of the true frame, which is one of identity.
  It has a meaning in SelfTest alone.

First-order-model's figures of the second are of other things. Its scripts (pose-evaluation) take embeddings of the whole frame at 96
pixels a side, by the face-recognition network of OpenFace (not OpenFace 2). What they average is no Euclidean distance either: in one
version the mean absolute difference of the numbers, in another the sum of its squares.
"""

from __future__ import annotations

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference


def aed_expression(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean absolute difference of expressions, frame by frame: (F, U), or (1, U) for all -> (F,) float64."""
    return np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)).mean(axis=-1)


def aed_identity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distance of embeddings, frame by frame: (F, D), or (1, D) for all -> (F,) float64."""
    return np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1)


def _expression(faces: Comparison) -> np.ndarray:
    return aed_expression(faces.result.readings["headmodel.expression"], faces.driving.readings["headmodel.expression"])


def _identity(faces: Comparison) -> np.ndarray | None:
    return aed_identity(faces.result.readings["dlib"], faces.driving.readings["dlib"]) if faces.is_truth else None


METRICS = (
    Metric(
        name="aed_expression",
        title="AED (average expression distance)",
        better="lower",
        range=(0.0, 1.0),
        reference=Reference.DRIVING_FRAME,
        backend="headmodel-{face_model}",
        tables=(),
        place=36,
        about="Expression: the mean absolute difference of 51 blendshapes, each in [0, 1].",
        measure=_expression,
        reader="headmodel",
        needs_face=True,
        note="Other papers' coefficients are of other face models: their figures are not to be set against these.",
    ),
    Metric(
        name="aed_identity",
        title="AED (average Euclidean distance of embeddings)",
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.TRUE_FRAME,
        backend="dlib-resnet-v1",
        tables=(),
        place=14,
        about="Identity: the Euclidean distance of two of dlib's face embeddings.",
        measure=_identity,
        reader="dlib",
        needs_face=True,
        note="First-order-model's AED is of another network, whole frames and another sum: its figures are not to be set against these.",
    ),
)
