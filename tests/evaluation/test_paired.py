from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reenact.evaluation.paired import difference, share_gone
from reenact.evaluation.predictions import Method

DENSE = Method("dense", "ldnet")


def frames(own: np.ndarray, still: np.ndarray) -> pd.DataFrame:
    """Distances (people, frames) of two rows in CrossTest, in another order each."""
    tables = []
    for method, source, distances in (("dense", "ldnet", own), ("copy_target", "", still), ("dense", "driver", own * 0)):
        for person, row in enumerate(distances):
            names = {"setting": "cross", "item": person, "target_subject": f"p{person}", "method": method, "landmark_source": source}
            tables.append(pd.DataFrame(names | {"frame": range(len(row)), "ed": row.astype(np.float32)}))
    return pd.concat(tables if len(own) % 2 else tables[::-1], ignore_index=True)


def test_it_is_the_share_of_the_sums_with_an_interval_over_people():
    rng = np.random.default_rng(3)
    own, still = rng.uniform(0.1, 0.5, (12, 7)), rng.uniform(0.8, 1.2, (12, 7))
    found = share_gone(frames(own, still), "cross", DENSE, "ed", seed=1)
    assert found is not None and found.low is not None and found.high is not None
    assert found.number == pytest.approx(1 - own.sum() / still.sum(), abs=1e-6) and found.count == 84
    drawn = rng.integers(12, size=(20_000, 12))
    shares = 1 - own.sum(1)[drawn].sum(1) / still.sum(1)[drawn].sum(1)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(shares, [2.5, 97.5])), abs=0.006)


def test_people_who_move_far_widen_no_interval_where_all_follow_alike():
    still = np.linspace(1, 20, 8)[:, None].repeat(3, axis=1)
    found = share_gone(frames(still / 4, still), "cross", DENSE, "ed", seed=1)
    assert found is not None and (found.low, found.high) == pytest.approx((0.75, 0.75))


def test_frames_that_lack_either_value_count_for_neither():
    own, still = np.full((5, 4), 1.0), np.full((5, 4), 4.0)
    own[0, 0], still[1, 1] = np.nan, np.nan
    own[1, 1], still[0, 0] = 100, 100
    found = share_gone(frames(own, still), "cross", DENSE, "ed", seed=1)
    assert found is not None and (found.number, found.count) == (0.75, 18)


def test_nothing_is_said_where_nothing_is_known():
    one = np.ones((3, 2))
    assert share_gone(frames(one, one), "self", DENSE, "ed", 1) is None
    assert share_gone(frames(one, one), "cross", DENSE, "rotation_error", 1) is None
    assert share_gone(frames(one, one * 0), "cross", DENSE, "ed", 1) is None


COPIED = Method("copy_target", "")


def test_a_difference_has_the_interval_of_differences_by_person():
    """People differ much, and one row is always a little further than the other: separate intervals would overlap, theirs does not."""
    rng = np.random.default_rng(4)
    other = np.linspace(1, 20, 12)[:, None] + rng.normal(0, 0.1, (12, 6))
    one = other + 0.3 + rng.normal(0, 0.1, (12, 6))
    found = difference(frames(one, other), "cross", DENSE, COPIED, "ed", seed=1)
    assert found is not None and found.low is not None and found.high is not None
    assert found.number == pytest.approx((one - other).mean(), abs=1e-5) and found.count == 72
    drawn = rng.integers(12, size=(20_000, 12))
    means = (one - other).mean(1)[drawn].mean(1)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])), abs=0.01)
    turned = difference(frames(one, other), "cross", COPIED, DENSE, "ed", seed=1)
    assert turned is not None and turned.low is not None and turned.high is not None
    assert (turned.number, turned.low, turned.high) == pytest.approx((-found.number, -found.high, -found.low))


def test_a_difference_is_over_frames_that_have_both_values():
    one, other = np.full((5, 4), 3.0), np.full((5, 4), 1.0)
    one[0, 0], other[1, 1] = np.nan, np.nan
    one[1, 1], other[0, 0] = 100, 100
    found = difference(frames(one, other), "cross", DENSE, COPIED, "ed", seed=1)
    assert found is not None and (found.number, found.count, found.low, found.high) == (2.0, 18, 2.0, 2.0)
    assert difference(frames(one, other), "self", DENSE, COPIED, "ed", seed=1) is None


@pytest.mark.parametrize(("people", "has_interval"), [(1, False), (4, False), (5, True)])
def test_of_few_people_there_is_a_figure_and_no_interval(people, has_interval):
    one = np.ones((people, 2))
    gone = share_gone(frames(one, one * 2), "cross", DENSE, "ed", 1)
    more = difference(frames(one, one * 2), "cross", COPIED, DENSE, "ed", 1)
    assert gone is not None and more is not None and (gone.number, more.number) == (0.5, 1.0)
    for found in (gone, more):
        assert (found.low is not None, found.high is not None) == (has_interval, has_interval)
