"""Random generators keyed by a seed and a name, so that no draw depends on the order in which others were made."""

from __future__ import annotations

import hashlib

import numpy as np


def derived_seed(seed: int, *names: str | int) -> int:
    """A 64-bit seed that depends on `seed` and every name, and on nothing else."""
    digest = hashlib.sha256("\x00".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:8], "little")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A numpy generator for the draw that `names` describe, for example ``generator(seed, "clips", subject)``."""
    return np.random.default_rng(derived_seed(seed, *names))
