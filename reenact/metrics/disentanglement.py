"""How well codes tell identity from pose and expression (paper, Section 4.1 and Table 1).

The codes of a grid of identities × frames are reduced by a principal component analysis. It is fitted on all of them. Then

    mean over pairs of |z - z'|₂   for pairs of the same identity (other frame), the same frame (other identity), and both different.

Distances depend on the codes' scale, so two spaces are compared by their ratios to `both_different` alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from reenact.errors import ReenactError

BACKEND = "pca-euclidean"


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


def principal_components(samples: np.ndarray, components: int) -> np.ndarray:
    """Coordinates of `samples` (N, D) along the `components` directions of largest variance: (N, components) float64.

    They are not scaled (no whitening), so distances in the kept subspace are those of the samples.
    Raises ReenactError where there are fewer dimensions than components.
    """
    if components > samples.shape[1]:
        raise ReenactError(
            f"evaluate.pca_components is {components}, but the codes have only {samples.shape[1]} numbers; set it to at most that"
        )
    centred = np.asarray(samples, np.float64) - samples.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return centred @ directions[:, ::-1][:, :components]


def disentanglement(codes: np.ndarray, *, components: int, pairs: int, rng: np.random.Generator) -> Distances:
    """Mean distances between codes after the reduction to `components` dimensions, over `pairs` random pairs of each kind.

    codes: (identities, frames, D) float, the code of each identity in each frame's pose and expression.
    Raises ValueError where there are fewer than two identities or frames, ReenactError as `principal_components`.
    """
    identities, frames = codes.shape[:2]
    if min(identities, frames) < 2:
        raise ValueError("at least two identities and two frames are needed")
    grid = principal_components(codes.reshape(identities * frames, -1), components).reshape(identities, frames, components)
    identity, other_identity = _two_different(identities, pairs, rng)
    frame, other_frame = _two_different(frames, pairs, rng)
    first = grid[identity, frame]

    def mean_distance(second: np.ndarray) -> float:
        return float(np.sqrt(np.sum((first - second) ** 2, axis=1)).mean())

    return Distances(
        same_identity=mean_distance(grid[identity, other_frame]),
        same_pose=mean_distance(grid[other_identity, frame]),
        both_different=mean_distance(grid[other_identity, other_frame]),
    )


def _two_different(count: int, pairs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Uniform ordered pairs of different numbers below `count`: two (pairs,) int64 arrays."""
    first = rng.integers(count, size=pairs)
    return first, (first + rng.integers(1, count, size=pairs)) % count
