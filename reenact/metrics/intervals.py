"""Figures over all frames, with the interval that other subjects would have moved them in.

Frames of one subject are alike, so an interval over frames would be far too narrow. Subjects are drawn anew, with replacement (bootstrap),
and all frames of a subject count as often as it was drawn. The interval is the middle 95 % of what the draws give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
INTERVAL = f"the middle 95 % of {RESAMPLES:,} bootstrap draws of subjects"
_threads: ContextVar[int] = ContextVar("threads", default=1)


@dataclass(frozen=True)
class Value:
    """A figure over all items.

    count: its frames. low, high: its 95 % interval, None where there is one subject. note: what makes it rough, or None.
    """

    number: float
    count: int
    low: float | None = None
    high: float | None = None
    note: str | None = None


def mean(values: Sequence[np.ndarray], subjects: Sequence[str], rng: np.random.Generator) -> Value:
    """The mean over all frames of all items, with its interval. Frames without a value (NaN) are not counted; NaN where none has one.

    values: (F,) of each item. subjects: each item's.
    """
    known = [frames[~np.isnan(frames)] for frames in values]
    counts, sums = (_by_subject([reduce(frames) for frames in known], subjects) for reduce in (len, np.sum))
    total = int(counts.sum())
    if total == 0:
        return Value(float("nan"), 0)
    drawn = draws(len(counts), RESAMPLES, rng)
    numbers = drawn @ counts
    means = (drawn @ sums)[numbers > 0] / numbers[numbers > 0]
    return Value(float(np.concatenate(known).mean()), total, *interval(means, len(counts)))


def draws(subjects: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each subject is drawn in each resample: (resamples, subjects) float64, every row with the sum `subjects`."""
    return rng.multinomial(subjects, np.full(subjects, 1 / subjects), resamples).astype(np.float64)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Within it `figures_of` computes so many draws side by side.

    Each has one thread of the linear algebra: with more the last digits would depend on their number.
    """
    before = _threads.set(count)
    try:
        with threadpool_limits(1):
            yield
    finally:
        _threads.reset(before)


def figures_of(drawn: np.ndarray, figure: Callable[[np.ndarray], float]) -> np.ndarray:
    """The figure of each of the `draws`: (resamples,) float64. Threads help where `figure` leaves Python's lock alone, as numpy does."""
    with ThreadPoolExecutor(_threads.get()) as pool:
        return np.array(list(pool.map(figure, drawn)))


def interval(figures: np.ndarray, subjects: int) -> tuple[float, float] | tuple[None, None]:
    """The middle 95 % of the draws' figures; None twice where one subject leaves nothing to draw."""
    if subjects < 2 or len(figures) == 0:
        return None, None
    low, high = np.percentile(figures, PERCENTILES)
    return float(low), float(high)


def places(subjects: Sequence[str]) -> tuple[np.ndarray, int]:
    """Each item's subject as a number below how many there are, which is given too."""
    names, numbers = np.unique(np.asarray(subjects), return_inverse=True)
    return numbers, len(names)


def _by_subject(amounts: Sequence[float], subjects: Sequence[str]) -> np.ndarray:
    numbers, count = places(subjects)
    return np.bincount(numbers, np.asarray(amounts, np.float64), count)
