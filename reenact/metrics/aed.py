"""The two metrics that the field calls AED.

- average expression distance: the mean absolute difference of expression coefficients, here of the 3D fit's blendshapes;
- average Euclidean distance: |e(a) - e(b)|₂ of face-recognition embeddings, which is one of identity.

A paper's "AED" says little without its full name.
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
    ),
    Metric(
        name="aed_identity",
        title="AED (average Euclidean distance of embeddings)",
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.PERSON,
        backend="dlib-resnet-v1",
        tables=(),
        place=14,
        about="Identity: the Euclidean distance of two face embeddings.",
        measure=lambda faces: aed_identity(faces.result.readings["dlib"], faces.person.readings["dlib"]),
        reader="dlib",
        needs_face=True,
    ),
)
