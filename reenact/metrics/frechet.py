"""Fréchet distance between two sets of features, each taken as a Gaussian.

    FD = |μ1 - μ2|² + tr(Σ1 + Σ2 - 2 (Σ1^½ Σ2 Σ1^½)^½)

The Fréchet *Inception* distance (FID) is this formula on Inception-v3's pool features, and is measured only where its weights are given. On
other features it has other names: on dlib's face descriptor it sees what makes a face a face, and nothing of the ground behind it; on
EfficientNet-Lite0's pooled features it sees hair and background too. All is computed in float64.

The interval is over subjects, as everywhere, but is put about the figure: a set that is drawn anew repeats samples, so that its covariance
shrinks and all draws lie too high. The distance falls with the number of samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.intervals import PERCENTILES, Value, draws, places

FEW_SAMPLES = 2048  # as for the FID: with fewer the estimate is biased upwards by much
# Each draw takes eigenvalues of matrices whose side is the smaller of samples and dimensions: of large ones fewer must do.
RESAMPLES, FEW_RESAMPLES, LARGE = 200, 40, 256


@dataclass(frozen=True)
class Features:
    """What a Fréchet distance is taken of: a reader, and the metric's name, title and backend."""

    reader: str
    name: str
    title: str
    backend: str
    needs_face: bool
    note: str


@dataclass(frozen=True)
class Frechet:
    """A distance with what is needed to judge it."""

    value: float
    samples: tuple[int, int]
    ranks: tuple[int, int]
    dimensions: int

    @property
    def note(self) -> str | None:
        """What makes the estimate rough, or None: few samples, or covariances of less than full rank, of too few or too similar ones."""
        notes = []
        if min(self.samples) < FEW_SAMPLES:
            notes.append(f"{min(self.samples):,} samples, under {FEW_SAMPLES:,}")
        if min(self.ranks) < self.dimensions:
            notes.append(f"covariances of rank {self.ranks[0]} and {self.ranks[1]} in {self.dimensions} dimensions")
        return "; ".join(notes) or None


def frechet(a: np.ndarray, b: np.ndarray) -> Frechet:
    """Fréchet distance of the Gaussians fitted to two sets, (N, D) and (M, D) float. Covariances divide by N - 1.

    Raises ValueError where a set has fewer than 2 samples.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if min(len(a), len(b)) < 2:
        raise ValueError("a Fréchet distance needs at least two samples on either side")
    if _are_few(a, b):
        ranks = [int(np.linalg.matrix_rank(x - x.mean(axis=0))) for x in (a, b)]
        value = frechet_samples(a, b, np.ones(len(a)), np.ones(len(b)))
    else:
        covariances = [np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b)]
        ranks = [int(np.linalg.matrix_rank(x, hermitian=True)) for x in covariances]
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


def frechet_samples(a: np.ndarray, b: np.ndarray, weights_a: np.ndarray, weights_b: np.ndarray) -> float:
    """The same of the Gaussians fitted to samples (N, D) and (M, D) float64 that count `weights` times each, without any covariance.

    With A and B the centred samples over √(N - 1), tr (Σ1^½ Σ2 Σ1^½)^½ is the sum of the singular values of A Bᵀ. So the work grows with
    the samples and not with the dimensions.
    """
    means, scaled = [], []
    for samples, weights in ((a, weights_a), (b, weights_b)):
        number = weights.sum()
        means.append(weights @ samples / number)
        scaled.append(np.sqrt(weights / max(number - 1, 1))[:, None] * (samples - means[-1]))
    cross = np.linalg.svd(scaled[0] @ scaled[1].T, compute_uv=False).sum()
    distance = np.sum((means[0] - means[1]) ** 2) + np.sum(scaled[0] ** 2) + np.sum(scaled[1] ** 2) - 2.0 * cross
    return float(max(distance, 0.0))


def _are_few(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether there are so few samples that their own way is the faster one."""
    return max(len(a), len(b)) < a.shape[1]


def _symmetric_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def shaken(a: np.ndarray, b: np.ndarray, subjects: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The distance with `count` subjects drawn anew, for both sets at once: (resamples,) float64.

    a, b: (N, D) float64, sample by sample of one subject. subjects: (N,) int, below `count`.
    """
    side = min(max(len(a), len(b)), a.shape[1])
    drawn = draws(count, FEW_RESAMPLES if side > LARGE else RESAMPLES, rng)
    if _are_few(a, b):
        return np.array([_of_drawn(a, b, row[subjects]) for row in drawn])
    sums = [_Sums.of(each, subjects, count) for each in (a, b)]
    return np.array([frechet_gaussians(*sums[0].drawn(row), *sums[1].drawn(row)) for row in drawn])


def _of_drawn(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> float:
    is_drawn = weights > 0
    return frechet_samples(a[is_drawn], b[is_drawn], weights[is_drawn], weights[is_drawn])


@dataclass(frozen=True)
class _Sums:
    """What means and covariances follow from, by subject: counts (C,), sums (C, D), and products (C, D, D) about the mean `centre` (D,)."""

    centre: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, samples: np.ndarray, subjects: np.ndarray, count: int) -> _Sums:
        centre = samples.mean(axis=0)
        centred = [samples[subjects == subject] - centre for subject in range(count)]
        # In single precision the products of 80 subjects and 2,048 dimensions take 1.3 GB.
        products = np.stack([(each.T @ each).astype(np.float32) for each in centred])
        return cls(centre, np.array([len(each) for each in centred]), np.stack([each.sum(axis=0) for each in centred]), products)

    def drawn(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance where each subject counts as often as it was drawn."""
        number = weights @ self.counts
        mean = weights @ self.sums / number
        products = np.tensordot(weights.astype(np.float32), self.products, 1).astype(np.float64)
        return self.centre + mean, (products - number * np.outer(mean, mean)) / max(number - 1, 1)


def _measure(reader: str) -> Callable[[Comparison], np.ndarray]:
    def measure(faces: Comparison) -> np.ndarray:
        return np.stack([faces.result.readings[reader], faces.driving.readings[reader]], axis=1)

    return measure


def _reduce(features: Sequence[np.ndarray], subjects: Sequence[str], rng: np.random.Generator) -> Value:
    results, driving = np.moveaxis(np.concatenate(features).astype(np.float64), 1, 0)
    distance = frechet(results, driving)
    numbers, count = places(subjects)
    if count < 2:
        return Value(distance.value, distance.samples[0], note=distance.note)
    of_sample = np.repeat(numbers, [len(item) for item in features])
    drawn = shaken(results, driving, of_sample, count, rng)
    low, high = np.percentile(drawn - drawn.mean(), PERCENTILES)
    return Value(distance.value, distance.samples[0], max(0.0, distance.value + float(low)), distance.value + float(high), distance.note)


FEATURES = (
    Features("dlib", "fd", "FD (dlib-resnet-v1)", "dlib-resnet-v1", True, "It sees faces alone. It is no FID."),
    Features(
        "efficientnet", "fd_efficientnet", "FD (EfficientNet-Lite0)", "efficientnet-lite0", False,
        "It sees hair and background, too. It is no FID.",
    ),
    Features("inception", "fid", "FID", "inception-2015-12-05", False, "The paper names no resizing and no image format."),
)  # fmt: skip
METRICS = tuple(
    Metric(
        name=each.name,
        title=each.title,
        better="lower",
        range=(0.0, float("inf")),
        reference=Reference.DRIVING_FRAMES,
        backend=each.backend,
        tables=(3, 4),
        place=70 + place,
        about=f"The Fréchet distance of the results from the driving frames, in the features of {each.backend}.",
        measure=_measure(each.reader),
        reader=each.reader,
        reduce=_reduce,
        reduction="Fréchet distance of two Gaussians, covariances over N - 1, float64",
        interval=(
            f"the middle 95 % of {RESAMPLES} bootstrap draws of subjects ({FEW_RESAMPLES} where samples and dimensions are over {LARGE}), "
            "put about the figure"
        ),
        needs_face=each.needs_face,
        note=each.note,
    )
    for place, each in enumerate(FEATURES)
)
