"""Random generators keyed by a seed and a name, so that no draw depends on the order in which others were made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

LEAST_SHARE_KEPT = 10  # subjects for each that is held out


def derived_seed(seed: int, *names: str | int) -> int:
    """A 64-bit seed that depends on `seed` and every name, and on nothing else."""
    digest = hashlib.sha256("\x00".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:8], "little")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A numpy generator for the draw that `names` describe, for example ``generator(seed, "clips", subject)``."""
    return np.random.default_rng(derived_seed(seed, *names))


def held_out(subjects: Sequence[str], count: int, seed: int) -> list[str]:
    """`count` of the subjects, whom a training leaves out for its validation; nobody where there are fewer than ten times as many."""
    if len(subjects) < LEAST_SHARE_KEPT * count:
        return []
    return sorted(generator(seed, "held out").choice(sorted(subjects), count, replace=False).tolist())
