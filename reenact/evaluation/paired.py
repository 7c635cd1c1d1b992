"""A method against another row, frame by frame: what a draw of people does to both alike widens no interval.

With fewer than `ENOUGH_PEOPLE` there is none, and nothing can be said surely.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET
from reenact.metrics.intervals import RESAMPLES, Value, draws, interval
from reenact.seeding import generator

ENOUGH_PEOPLE = 5  # fewer are too alike or too unlike by chance for draws of them to say how far others would be off


def share_gone(frames: pd.DataFrame, setting: str, method: Method, metric: str, seed: int) -> Value | None:
    """1 − (a method's distance) / (the still target's), over the frames that have both, with its interval over targets.

    frames: as `evaluation.frames` has them. metric: a distance. seed: of the draws, which are the same for all methods. None where no frame
    has both, or the still target has none to go.
    """
    sums, count = _sums(frames, setting, method, COPY_TARGET, metric)
    if len(sums) == 0 or sums[:, 1].sum() <= 0:
        return None
    drawn = _drawn(sums, setting, metric, seed)
    known = drawn[drawn[:, 1] > 0]
    low, high = _interval(1 - known[:, 0] / known[:, 1], len(sums))
    return Value(float(1 - sums[:, 0].sum() / sums[:, 1].sum()), count, low, high)


def difference(frames: pd.DataFrame, setting: str, one: Method, other: Method, metric: str, seed: int) -> Value | None:
    """The mean of one row's values less another's over the frames that have both, with its interval over targets.

    frames, seed: as for `share_gone`. None where no frame has both.
    """
    sums, count = _sums(frames, setting, one, other, metric)
    if len(sums) == 0:
        return None
    drawn = _drawn(sums, setting, metric, seed)
    low, high = _interval((drawn[:, 0] - drawn[:, 1]) / drawn[:, 2], len(sums))
    return Value(float((sums[:, 0].sum() - sums[:, 1].sum()) / count), count, low, high)


def _sums(frames: pd.DataFrame, setting: str, one: Method, other: Method, metric: str) -> tuple[np.ndarray, int]:
    """Each target's sums of one row, of the other, and of frames that have both values, (targets, 3), and how many frames those are."""
    of_set = frames[frames["setting"] == setting]
    values = [_values(of_set, row, metric).rename(name) for name, row in (("one", one), ("other", other))]
    both = values[0].to_frame().join(values[1], how="inner").dropna().assign(frames=1.0)
    return both.groupby(level="target_subject").sum().to_numpy(np.float64), len(both)


def _drawn(sums: np.ndarray, setting: str, metric: str, seed: int) -> np.ndarray:
    return draws(len(sums), RESAMPLES, generator(seed, "paired", setting, metric)) @ sums


def _interval(figures: np.ndarray, people: int) -> tuple[float, float] | tuple[None, None]:
    return interval(figures, people) if people >= ENOUGH_PEOPLE else (None, None)


def _values(frames: pd.DataFrame, row: Method, metric: str) -> pd.Series:
    """A row's values by target, pair and frame."""
    found = frames[(frames["method"] == row.generator) & (frames["landmark_source"] == row.source)]
    keys = ["target_subject", "item", "frame"]
    return found.set_index(keys)[metric].astype(float) if metric in found else pd.Series(dtype=float, index=_no_keys(keys))


def _no_keys(names: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([[] for _ in names], names=names)
