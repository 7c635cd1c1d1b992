"""Fréchet distance (FD) between two sets of embeddings, each taken as a Gaussian.

    FD = |μ1 - μ2|² + tr(Σ1 + Σ2 - 2 (Σ1^½ Σ2 Σ1^½)^½)

The Fréchet *Inception* distance is this formula on Inception-v3's pool features. Here the embeddings are the face descriptor's,
so it is called "FD (dlib-resnet-v1)" everywhere. It sees what makes a face a face, and nothing of the ground behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reenact.faces.embedding import BACKEND
from reenact.metrics.base import Comparison, Metric, Reference, Value

NAME = f"FD ({BACKEND})"


@dataclass(frozen=True)
class Frechet:
    """A distance with what is needed to judge it."""

    value: float
    samples: tuple[int, int]
    ranks: tuple[int, int]
    dimensions: int

    @property
    def note(self) -> str | None:
        """What makes the estimate rough, or None: covariances of less than full rank, which come of too few or too similar samples."""
        if min(self.ranks) == self.dimensions:
            return None
        return f"covariances of rank {self.ranks[0]} and {self.ranks[1]} in {self.dimensions} dimensions"


def frechet(a: np.ndarray, b: np.ndarray) -> Frechet:
    """Fréchet distance of the Gaussians fitted to two sets, (N, D) and (M, D) float. Covariances divide by N - 1.

    Raises ValueError where a set has fewer than 2 samples.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if min(len(a), len(b)) < 2:
        raise ValueError("a Fréchet distance needs at least two samples on either side")
    covariances = [np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b)]
    ranks = [int(np.linalg.matrix_rank(x - x.mean(axis=0))) for x in (a, b)]
    value = frechet_gaussians(a.mean(axis=0), covariances[0], b.mean(axis=0), covariances[1])
    return Frechet(value, (len(a), len(b)), (ranks[0], ranks[1]), a.shape[1])


def frechet_gaussians(mean_a: np.ndarray, covariance_a: np.ndarray, mean_b: np.ndarray, covariance_b: np.ndarray) -> float:
    """Fréchet distance of two Gaussians: means (D,), covariances (D, D) symmetric and positive semi-definite; never below 0.

    The root of the product is taken through symmetric eigenvalue problems, which stay real where a covariance is singular.
    """
    root = _symmetric_root(covariance_a)
    eigenvalues = np.linalg.eigvalsh(root @ covariance_b @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0.0, None)).sum()
    distance = np.sum((mean_a - mean_b) ** 2) + np.trace(covariance_a) + np.trace(covariance_b) - 2.0 * cross
    return float(max(distance, 0.0))


def _symmetric_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def _measure(faces: Comparison) -> np.ndarray:
    return np.stack([faces.result.embeddings, faces.driving.embeddings], axis=1)


def _reduce(embeddings: Sequence[np.ndarray]) -> Value:
    results, driving = np.moveaxis(np.concatenate(embeddings), 1, 0)
    distance = frechet(results, driving)
    return Value(distance.value, distance.samples[0], distance.note)


METRIC = Metric(
    name="fd",
    title=NAME,
    better="lower",
    range=(0.0, float("inf")),
    reference=Reference.DRIVING_FRAMES,
    backend=BACKEND,
    tables=(3, 4),
    place=70,
    about="The Fréchet distance of the results' face embeddings from those of the driving frames. It is no FID.",
    measure=_measure,
    reduce=_reduce,
    headline=("self",),
    note="The paper's FID is of another network, Inception-v3. With few different samples the distance is a rough estimate.",
)
