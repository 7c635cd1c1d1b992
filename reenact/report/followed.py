"""How much of the still target's distance to the driver is gone in a method's results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET
from reenact.metrics.intervals import RESAMPLES, Value, draws, interval
from reenact.seeding import generator


def share_gone(frames: pd.DataFrame, setting: str, method: Method, metric: str, seed: int) -> Value | None:
    """1 − (a method's distance) / (the still target's), over the frames that have both, with its interval over targets.

    A draw of people moves both distances alike, so the interval of their ratio is narrower than theirs let expect. frames: as
    `evaluation.frames` has them. metric: a distance. seed: of the draws, which
    are the same for all methods. None where no frame has both, or the still target has none to go.
    """
    of_set = frames[frames["setting"] == setting]
    own, still = (_values(of_set, row, metric) for row in (method, COPY_TARGET))
    both = own.to_frame("own").join(still.rename("still"), how="inner").dropna()
    sums = both.groupby(level="target_subject").sum().to_numpy(np.float64)
    if len(sums) == 0 or sums[:, 1].sum() <= 0:
        return None
    drawn = draws(len(sums), RESAMPLES, generator(seed, "report", "gone", setting, metric)) @ sums
    known = drawn[drawn[:, 1] > 0]
    low, high = interval(1 - known[:, 0] / known[:, 1], len(sums))
    return Value(float(1 - sums[:, 0].sum() / sums[:, 1].sum()), len(both), low, high)


def _values(frames: pd.DataFrame, row: Method, metric: str) -> pd.Series:
    """A row's values by target, pair and frame."""
    found = frames[(frames["method"] == row.generator) & (frames["landmark_source"] == row.source)]
    keys = ["target_subject", "item", "frame"]
    return found.set_index(keys)[metric].astype(float) if metric in found else pd.Series(dtype=float, index=_no_keys(keys))


def _no_keys(names: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([[] for _ in names], names=names)
