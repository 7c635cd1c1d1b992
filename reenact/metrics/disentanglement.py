"""How well codes tell identity from pose and expression (paper, Section 4.1 and Table 1).

The codes of a grid of identities × frames are reduced by a principal component analysis. It is fitted on all of them. Then

    mean over pairs of |z - z'|₂   for pairs of the same identity (other frame), the same frame (other identity), and both different.

Distances depend on the codes' scale, so two spaces are compared by their ratios to `both_different` alone. Intervals say how far the
figures would move with other identities: these are drawn anew, with replacement (bootstrap). Reduction and pairs stay as they are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from reenact.errors import ReenactError

BACKEND = "pca-euclidean"
KINDS = ("same_identity", "same_pose", "both_different")
# Rows or pairs that are computed at once: with more, a million pairs of a large test set would take gigabytes.
BLOCK = 1 << 16
RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Distances:
    """Mean distances of the three kinds of pairs."""

    same_identity: float
    same_pose: float
    both_different: float

    @property
    def ratios(self) -> dict[str, float]:
        """The first two over the third. An identity code has a small first and a second near 1. A pose code has the reverse."""
        return {name: value / self.both_different for name, value in asdict(self).items() if name != "both_different"}

    @property
    def figures(self) -> dict[str, float]:
        """The distances and the ratios, the latter by names that begin with "ratio_"."""
        return asdict(self) | {f"ratio_{name}": ratio for name, ratio in self.ratios.items()}


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Disentanglement:
    """Distances of random pairs by whom they are of.

    sums: (3, I, I) float64, the sum of the distances of each of `KINDS` for pairs of two of I identities. counts: (3, I, I) int64, how many
    pairs that is. Pairs of the same identity lie on the diagonal, all others beside it.
    """

    sums: np.ndarray
    counts: np.ndarray

    @property
    def distances(self) -> Distances:
        """The means over all pairs."""
        return Distances(*(self.sums.sum((1, 2)) / self.counts.sum((1, 2))).tolist())

    @property
    def ratios(self) -> dict[str, float]:
        """See `Distances.ratios`."""
        return self.distances.ratios

    def intervals(self, rng: np.random.Generator) -> dict[str, Interval]:
        """The interval of each of `Distances.figures`: the middle 95 % of what identities that are drawn anew give.

        A pair counts as often as both of its identities were drawn, and one of the same identity as often as that was drawn. Draws that
        leave a kind without pairs do not count, as where all identities are the same.
        """
        identities = self.counts.shape[1]
        drawn = rng.multinomial(identities, np.full(identities, 1 / identities), RESAMPLES).astype(np.float64)
        counts = _weighted(self.counts, drawn)
        known = (counts > 0).all(axis=0)
        means = dict(zip(KINDS, _weighted(self.sums, drawn)[:, known] / counts[:, known], strict=True))
        ratios = {f"ratio_{kind}": means[kind] / means["both_different"] for kind in KINDS[:2]}
        return {name: Interval(*np.percentile(values, PERCENTILES).tolist()) for name, values in (means | ratios).items()}


def _weighted(table: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Sums over a (3, I, I) table where identities count as often as they were drawn, (B, I): (3, B)."""
    own = np.diagonal(table, axis1=1, axis2=2)  # (3, I)
    of_two = table - own[:, :, None] * np.eye(own.shape[1])
    return ((drawn @ of_two) * drawn).sum(axis=2) + own @ drawn.T


def principal_components(samples: np.ndarray, components: int) -> np.ndarray:
    """Coordinates of `samples` (N, D) along the `components` directions of largest variance: (N, components) float64.

    They are not scaled (no whitening), so distances in the kept subspace are those of the samples.
    Raises ReenactError where there are fewer dimensions than components.
    """
    if components > samples.shape[1]:
        raise ReenactError(
            f"evaluate.pca_components is {components}, but the codes have only {samples.shape[1]} numbers; set it to at most that"
        )
    mean, scatter = samples.mean(axis=0, dtype=np.float64), np.zeros((samples.shape[1], samples.shape[1]))
    blocks = [slice(start, start + BLOCK) for start in range(0, len(samples), BLOCK)]
    for block in blocks:
        centred = samples[block] - mean
        scatter += centred.T @ centred
    _, directions = np.linalg.eigh(scatter)
    kept = directions[:, ::-1][:, :components]
    return np.concatenate([(samples[block] - mean) @ kept for block in blocks])


def disentanglement(codes: np.ndarray, *, components: int, pairs: int, rng: np.random.Generator) -> Disentanglement:
    """Distances between codes after the reduction to `components` dimensions, of `pairs` random pairs of each kind.

    codes: (identities, frames, D) float, the code of each identity in each frame's pose and expression.
    Raises ValueError where there are fewer than two identities or frames, ReenactError as `principal_components`.
    """
    identities, frames = codes.shape[:2]
    if min(identities, frames) < 2:
        raise ValueError("at least two identities and two frames are needed")
    grid = principal_components(codes.reshape(identities * frames, -1), components).reshape(identities, frames, components)
    identity, other_identity = _two_different(identities, pairs, rng)
    frame, other_frame = _two_different(frames, pairs, rng)
    first = (identity, frame)
    seconds = ((identity, other_frame), (other_identity, frame), (other_identity, other_frame))
    sums, counts = zip(*(_by_identities(grid, first, second) for second in seconds), strict=True)
    return Disentanglement(np.stack(sums), np.stack(counts))


def _by_identities(
    grid: np.ndarray, first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of distances float64 and numbers of pairs int64, both (I, I). first, second: identities and frames (pairs,) in `grid`."""
    identities, pairs = len(grid), len(first[0])
    distances = np.empty(pairs)
    for start in range(0, pairs, BLOCK):
        block = slice(start, start + BLOCK)
        one, other = (grid[identity[block], frame[block]] for identity, frame in (first, second))
        distances[block] = np.sqrt(np.sum((one - other) ** 2, axis=1))
    place = first[0] * identities + second[0]
    sums, counts = (np.bincount(place, weights, identities**2).reshape(identities, identities) for weights in (distances, None))
    return sums, counts


def _two_different(count: int, pairs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Uniform ordered pairs of different numbers below `count`: two (pairs,) int64 arrays."""
    first = rng.integers(count, size=pairs)
    return first, (first + rng.integers(1, count, size=pairs)) % count
