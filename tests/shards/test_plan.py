from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.shards.plan import PairPlan


def pairs(plan, count, start=0):
    """The first `count` pairs as tuples (group, target, driver)."""
    found = (pair for window in plan.windows(start) for pair in zip(window.group, window.target, window.driver, strict=True))
    return [tuple(map(int, pair)) for pair in islice(found, count)]


def test_rows_of_a_pair_differ_and_lie_in_their_group():
    rows = np.array([2, 3, 50, 7])
    for group, target, driver in pairs(PairPlan(rows, 1, 2, 20), 400):
        assert target != driver
        assert 0 <= target < rows[group] and 0 <= driver < rows[group]


def test_every_ordered_pair_of_rows_is_equally_likely():
    drawn = pairs(PairPlan(np.array([4]), 1, 1, 100), 24_000)
    counts = np.zeros((4, 4))
    for _, target, driver in drawn:
        counts[target, driver] += 1
    off_diagonal = counts[~np.eye(4, dtype=bool)]
    # 12 equally likely cells of 2000 each; five standard deviations are 5 · sqrt(2000 · 11/12) = 214.
    assert np.abs(off_diagonal - 2000).max() < 214


def test_each_epoch_visits_every_group_equally_often_in_another_order():
    plan = PairPlan(np.full(10, 5), 3, shuffle_groups=4, pairs_per_group=6)
    first, second = pairs(plan, 60), pairs(plan, 60, start=60)
    for epoch in (first, second):
        assert np.bincount([group for group, _, _ in epoch]).tolist() == [6] * 10
    assert first != second
    assert pairs(plan, 60) == first


def test_a_window_mixes_its_groups():
    drawn = [group for group, _, _ in pairs(PairPlan(np.full(8, 9), 3, shuffle_groups=4, pairs_per_group=10), 80)]
    assert len(set(drawn[:40])) == len(set(drawn[40:])) == 4
    assert drawn[:40] != sorted(drawn[:40], key=drawn.index)


@pytest.mark.parametrize("start", [1, 24, 25, 59, 60, 61, 200])
def test_the_order_can_be_taken_up_anywhere(start):
    plan = PairPlan(np.full(10, 5), 3, shuffle_groups=4, pairs_per_group=6)
    assert pairs(plan, 100, start) == pairs(plan, start + 100)[start:]


def test_processes_share_an_epoch_without_overlap():
    plans = [PairPlan(np.full(11, 5), 3, 4, 6, rank, world=3) for rank in range(3)]
    groups = [{group for group, _, _ in pairs(plan, plan.pairs_per_epoch)} for plan in plans]
    assert [len(mine) for mine in groups] == [3, 3, 3]
    assert len(set.union(*groups)) == 9
    left_over = set(range(11)) - set.union(*groups)
    for epoch in range(1, 20):
        left_over &= set(range(11)) - {g for plan in plans for g, _, _ in pairs(plan, 18, start=18 * epoch)}
    assert not left_over


def test_another_seed_gives_another_order():
    rows = np.full(10, 5)
    assert pairs(PairPlan(rows, 1, 4, 6), 60) != pairs(PairPlan(rows, 2, 4, 6), 60)


def test_more_processes_than_groups_are_refused():
    with pytest.raises(ReenactError, match="too few for 3 processes"):
        PairPlan(np.array([5, 5]), 1, 4, 6, world=3)


@pytest.mark.parametrize(("rank", "world", "taken"), [(0, 1, True), (1, 1, False), (-1, 2, False), (1, 2, True), (2, 2, False)])
def test_a_rank_lies_below_the_number_of_processes(rank, world, taken):
    if taken:
        PairPlan(np.array([5, 5]), 1, 4, 6, rank, world)
    else:
        with pytest.raises(ValueError, match=f"rank {rank} is not below world {world}"):
            PairPlan(np.array([5, 5]), 1, 4, 6, rank, world)


def test_as_many_processes_as_groups_have_one_each():
    plans = [PairPlan(np.array([5, 5]), 1, 4, 6, rank, world=2) for rank in range(2)]
    assert sorted({group for plan in plans for group, _, _ in pairs(plan, plan.pairs_per_epoch)}) == [0, 1]
    assert [plan.groups_per_epoch for plan in plans] == [1, 1] and [plan.pairs_per_epoch for plan in plans] == [6, 6]


def test_processes_draw_differently_from_the_same_kind_of_groups():
    plans = [PairPlan(np.full(2, 1000), 1, 1, 50, rank, world=2) for rank in range(2)]
    rows = [{(target, driver) for _, target, driver in pairs(plan, 50)} for plan in plans]
    assert not rows[0] & rows[1]


@pytest.mark.parametrize("start", [50, 100])  # of the second window, and of the second epoch
def test_windows_and_epochs_draw_other_rows(start):
    plan = PairPlan(np.full(2, 1000), 1, shuffle_groups=1, pairs_per_group=50)
    first, other = ({(target, driver) for _, target, driver in pairs(plan, 50, begin)} for begin in (0, start))
    assert not first & other
