"""Smooth random fields over the points of a face: Gaussian processes with a squared-exponential kernel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

MIRROR = np.array([-1.0, 1.0, 1.0])  # the head's left and right
NEGLIGIBLE = 1e-5  # of the largest eigenvalue: directions of less variance are left out


class SmoothFields:
    """Random fields over points (R, 3), decimetres, in the head model's axes.

    Before anything is mirrored each value has a variance of 1. A field and its mirror image overlap near the middle of the face: with k the
    kernel between a point and its mirror image, `symmetric` has a variance of 1 + k, and `displacements` with an asymmetry a of
    (1 + a²) + (1 - a²) k in y and z, and (1 + a²) - (1 - a²) k in x, where both halves move apart.
    """

    def __init__(self, points: np.ndarray) -> None:
        self._both = np.concatenate([points, points * MIRROR])
        self._basis = lru_cache(maxsize=None)(self._make_basis)

    def _make_basis(self, length: float) -> np.ndarray:
        """(2 R, M): standard normal numbers (M,) times it are a field at the points and at their mirror images."""
        apart = ((self._both[:, None] - self._both) ** 2).sum(-1)
        values, vectors = np.linalg.eigh(np.exp(-apart / (2 * length**2)))
        kept = values > NEGLIGIBLE * values[-1]
        return vectors[:, kept] * np.sqrt(values[kept])

    def _halves(self, random: np.random.Generator, length: float, count: int) -> np.ndarray:
        """(2, R, count): fields at the points, and at their mirror images."""
        basis = self._basis(length)
        return (basis @ random.standard_normal((basis.shape[1], count))).reshape(2, -1, count)

    def symmetric(self, random: np.random.Generator, length: float, count: int) -> np.ndarray:
        """`count` fields (R, count), each the same left and right. length: of the kernel, decimetres."""
        return self._halves(random, length, count).sum(0) / np.sqrt(2)

    def displacements(self, random: np.random.Generator, length: float, asymmetry: float) -> np.ndarray:
        """Displacements (R, 3): a mirrored field, and `asymmetry` times one that is the opposite on the other side."""
        here, there = self._halves(random, length, 3)
        mirrored = there * MIRROR
        return (here + mirrored + asymmetry * (here - mirrored)) / np.sqrt(2)
