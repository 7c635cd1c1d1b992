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
from reenact.metrics.intervals import PERCENTILES, Value, draws, figures_of, places

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
    if min(len(a), len(b)) < 2:
        raise ValueError("a Fréchet distance needs at least two samples on either side")
    ones = np.ones(len(a)), np.ones(len(b))
    if _are_few(a, b):
        ranks = [int(np.linalg.matrix_rank(x - x.mean(axis=0, dtype=np.float64))) for x in (a, b)]
        value = frechet_samples(a, b, *ones)
    else:
        one, other = _gaussian(a, ones[0]), _gaussian(b, ones[1])
        ranks = [int(np.linalg.matrix_rank(covariance, hermitian=True)) for _, covariance in (one, other)]
        value = frechet_gaussians(*one, *other)
    return Frechet(value, (len(a), len(b)), (ranks[0], ranks[1]), a.shape[1])


def frechet_gaussians(mean_a: np.ndarray, covariance_a: np.ndarray, mean_b: np.ndarray, covariance_b: np.ndarray) -> float:
    """Fréchet distance of two Gaussians: means (D,), covariances (D, D) symmetric and positive semi-definite; never below 0.

    With Σ2 = R Rᵀ the root of the product has the trace of that of Rᵀ Σ1 R, which is symmetric: its eigenvalues stay real where a
    covariance is singular.
    """
    root = _factor(covariance_b)
    eigenvalues = np.linalg.eigvalsh(root.T @ covariance_a @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0.0, None)).sum()
    distance = np.sum((mean_a - mean_b) ** 2) + np.trace(covariance_a) + np.trace(covariance_b) - 2.0 * cross
    return float(max(distance, 0.0))


def frechet_samples(a: np.ndarray, b: np.ndarray, weights_a: np.ndarray, weights_b: np.ndarray) -> float:
    """The same of the Gaussians fitted to samples (N, D) and (M, D) float that count `weights` times each, (N,) and (M,) float64.

    With A and B the centred samples over √(N - 1), tr (Σ1^½ Σ2 Σ1^½)^½ is the sum of the singular values of A Bᵀ. So, where there are
    fewer samples than dimensions, it takes no covariance, and the work grows with the samples.
    """
    if not _are_few(a, b):
        return frechet_gaussians(*_gaussian(a, weights_a), *_gaussian(b, weights_b))
    (mean_a, scaled_a), (mean_b, scaled_b) = _scaled(a, weights_a), _scaled(b, weights_b)
    cross = np.linalg.svd(scaled_a @ scaled_b.T, compute_uv=False).sum()
    distance = np.sum((mean_a - mean_b) ** 2) + np.sum(scaled_a**2) + np.sum(scaled_b**2) - 2.0 * cross
    return float(max(distance, 0.0))


def _are_few(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether there are so few samples that their own way is the faster one."""
    return max(len(a), len(b)) < a.shape[1]


def _gaussian(samples: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and covariance (D, D), both float64, of samples (N, D) that count `weights` times each."""
    mean, scaled = _scaled(samples, weights)
    return mean, scaled.T @ scaled


def _scaled(samples: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (D,), and the centred samples (N, D) times such factors that their products add up to the covariance; both float64."""
    number = weights.sum()
    mean = weights @ samples / number
    scaled = samples - mean
    scaled *= np.sqrt(weights / max(number - 1, 1))[:, None]
    return mean, scaled


def _factor(matrix: np.ndarray) -> np.ndarray:
    """Some R with R Rᵀ = matrix, which is symmetric and positive semi-definite."""
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:  # it is singular, and the eigenvectors take ten times as long
        values, vectors = np.linalg.eigh(matrix)
        return vectors * np.sqrt(np.clip(values, 0.0, None))


def shaken(a: np.ndarray, b: np.ndarray, subjects: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The distance with `count` subjects drawn anew, for both sets at once: (resamples,) float64.

    a, b: (N, D) float, sample by sample of one subject. subjects: (N,) int, below `count`. Each draw's covariances are made of its samples:
    those of every subject, to be added up, would take gigabytes.
    """

    def of_draw(times: np.ndarray) -> float:
        weights = times[subjects]
        is_drawn = weights > 0
        return frechet_samples(a[is_drawn], b[is_drawn], weights[is_drawn], weights[is_drawn])

    side = min(max(len(a), len(b)), a.shape[1])
    return figures_of(draws(count, FEW_RESAMPLES if side > LARGE else RESAMPLES, rng), of_draw)


def _measure(reader: str) -> Callable[[Comparison], np.ndarray]:
    def measure(faces: Comparison) -> np.ndarray:
        return np.stack([faces.result.readings[reader], faces.driving.readings[reader]], axis=1)

    return measure


def _reduce(features: Sequence[np.ndarray], subjects: Sequence[str], rng: np.random.Generator) -> Value:
    results, driving = (np.concatenate([item[:, place] for item in features]) for place in (0, 1))
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
