"""Whom LD-Net's training leaves out for its validation."""

from __future__ import annotations

import numpy as np

from reenact.seeding import LEAST_SHARE_KEPT, generator, held_out
from reenact.shards.reader import LandmarkTable


def held_out_people(table: LandmarkTable, count: int, seed: int) -> np.ndarray:
    """Who of `table.subjects` is held out: (subjects,) bool, about `count` of them, the same ones for the same seed.

    Half are of the corpus, or all if nobody is landmark-only. The rest are whole casts of landmark-only people, who give one performance,
    so that the truth of swaps among them is known: as many as fit, but one at least. Of either kind at most one in ten is held out.
    Nobody with a single frame is, and nobody alone.
    """
    has_pairs = np.bincount(table.subject, minlength=len(table.subjects)) > 1
    landmark_only = has_pairs & (table.performance >= 0)
    of_corpus = [table.subjects[place] for place in np.flatnonzero(has_pairs & ~landmark_only)]
    of_casts = np.unique(table.performance[landmark_only], return_counts=True)
    wanted = min(count // 2 if landmark_only.any() else count, len(of_corpus) // LEAST_SHARE_KEPT)
    left_out = np.isin(table.subjects, held_out(of_corpus, wanted, seed))
    if wanted < count:
        left_out |= landmark_only & np.isin(table.performance, _whole_casts(*of_casts, count - wanted, seed))
    return left_out if left_out.sum() > 1 else np.zeros_like(left_out)


def _whole_casts(casts: np.ndarray, sizes: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Those of `casts` whose `sizes` together are at most `count`, but one at least; none that would be over one in ten of all people."""
    order = generator(seed, "held out casts").permutation(np.flatnonzero(sizes > 1))
    people = np.cumsum(sizes[order])
    return casts[order[(people <= np.maximum(count, people[:1])) & (people <= sizes.sum() // LEAST_SHARE_KEPT)]]
