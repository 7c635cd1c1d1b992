"""Identity similarity (ISIM): do two face images show the same person?

    ISIM(a, b) = e(a)·e(b) / (|e(a)| |e(b)|)

with e the embedding of a face-recognition network. The paper's network is VGGFace2's. Here it is dlib's face descriptor. Its embeddings
of different people are far from orthogonal, so values are comparable only with values of the same backend.
"""

from __future__ import annotations

import numpy as np

from reenact.faces.embedding import BACKEND
from reenact.metrics.base import Metric, Reference


def isim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine similarity of embeddings, row by row.

    a: (N, D) float; b: (N, D) float, or (D,) or (1, D) for one reference. Returns (N,) float64 in [-1, 1].
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    product = np.sum(a * b, axis=-1)
    return np.clip(product / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)), -1.0, 1.0)


METRIC = Metric(
    name="isim",
    title="ISIM",
    better="higher",
    range=(-1.0, 1.0),
    reference=Reference.PERSON,
    backend=BACKEND,
    tables=(2, 3, 4),
    place=10,
    about="Identity: the cosine of two face embeddings.",
    measure=lambda faces: isim(faces.result.embeddings, faces.person.embeddings),
    headline=("cross", "self"),
    note="The paper's backend is a VGGFace2 network: its figures share no scale with these.",
)
