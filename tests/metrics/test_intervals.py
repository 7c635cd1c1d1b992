from __future__ import annotations

from threading import Barrier

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from reenact.metrics.intervals import Value, draws, figures_of, interval, mean, places, threads

Items = tuple[list[np.ndarray], list[str]]


def made_items(seed: int, subjects: int = 9) -> Items:
    """One to three items of each subject, of 2 to 7 frames, some without a value. The mean of a subject is its own."""
    rng = np.random.default_rng(seed)
    values, names = [], []
    for subject in range(subjects):
        effect = rng.normal(0, 2)
        for _ in range(rng.integers(1, 4)):
            frames = effect + rng.normal(0, 1, rng.integers(2, 8))
            frames[rng.random(len(frames)) < 0.2] = np.nan
            values.append(frames)
            names.append(f"subject {subject}")
    order = rng.permutation(len(values))
    return [values[place] for place in order], [names[place] for place in order]


def width(value: Value) -> float:
    return value.high - value.low


def measured(items: Items, seed: int = 0) -> Value:
    return mean(*items, np.random.default_rng(seed))


def test_the_number_is_the_mean_over_all_frames_that_have_a_value():
    values, subjects = made_items(0)
    frames = np.concatenate(values)
    assert np.isnan(frames).any()
    found = measured((values, subjects))
    assert found.number == pytest.approx(np.nanmean(frames))
    assert found.count == np.sum(~np.isnan(frames)) and found.note is None


def test_the_interval_is_that_of_a_bootstrap_that_lists_every_frame():
    values, subjects = made_items(1)
    frames = {name: np.concatenate([each for each, own in zip(values, subjects, strict=True) if own == name]) for name in set(subjects)}
    names, random, figures = sorted(frames), np.random.default_rng(7), []
    for _ in range(4000):
        listed = [frame for _ in names for frame in frames[names[random.integers(len(names))]] if not np.isnan(frame)]
        figures.append(np.mean(listed))
    expected = np.percentile(figures, [2.5, 97.5])
    for seed in range(5):
        found = measured((values, subjects), seed)
        assert (found.low, found.high) == pytest.approx(expected, abs=0.12 * np.ptp(expected))
        assert found.low < found.number < found.high


def test_nineteen_of_twenty_intervals_hold_what_is_true_of_all_people():
    """Subjects' means are normal about 3; a frame is off its subject's mean by as much again."""
    rng, held = np.random.default_rng(2), 0
    for seed in range(200):
        values = list(3 + rng.normal(0, 1, (40, 1)) + rng.normal(0, 1, (40, 6)))
        found = measured((values, [str(number) for number in range(40)]), seed)
        held += found.low <= 3 <= found.high
    assert 0.90 <= held / 200 <= 0.98


def test_more_frames_of_the_same_people_tell_no_more():
    """Frames of one subject count together, so that ten times as many alike leave the interval as it is."""
    rng = np.random.default_rng(3)
    values = list(rng.normal(0, 1, (12, 1)) + rng.normal(0, 0.1, (12, 5)))
    subjects = [str(number) for number in range(12)]
    one, ten = measured((values, subjects)), measured(([np.tile(each, 10) for each in values], subjects))
    assert (ten.low, ten.high) == pytest.approx((one.low, one.high)) and ten.count == 10 * one.count
    frames = np.concatenate(values)
    alone = measured((list(frames[:, None]), [str(number) for number in range(len(frames))]))
    assert alone.number == pytest.approx(one.number)
    assert width(one) > 1.7 * width(alone), "√5 where frames of a subject are all but equal"


def test_all_items_of_a_subject_are_drawn_together():
    values, subjects = made_items(4)
    halves = [part for each in values for part in (each[:1], each[1:])]
    found, whole = measured((halves, [name for name in subjects for _ in range(2)])), measured((values, subjects))
    assert (found.number, found.low, found.high) == pytest.approx((whole.number, whole.low, whole.high))


def test_frames_and_not_subjects_count_alike():
    found = measured(([np.zeros(1), np.ones(3)], ["a", "b"]))
    assert (found.number, found.count, found.low, found.high) == (0.75, 4, 0, 1)


def test_four_times_the_subjects_halve_an_interval():
    few, many = (np.mean([width(measured(made_items(seed, count))) for seed in range(20)]) for count in (15, 60))
    assert many / few == pytest.approx(0.5, abs=0.1)


def test_one_subject_has_no_interval():
    found = measured(([np.array([1.0, 2.0]), np.array([6.0])], ["a", "a"]))
    assert found == Value(3.0, 3)
    assert (found.low, found.high) == (None, None)


def test_without_any_value_there_is_no_number():
    found = measured(([np.full(3, np.nan), np.full(2, np.nan)], ["a", "b"]))
    assert np.isnan(found.number) and (found.count, found.low, found.high) == (0, None, None)


def test_a_subject_without_a_value_moves_nothing():
    """A draw of it alone is no figure."""
    found = measured(([np.array([1.0, 3.0]), np.full(4, np.nan)], ["a", "b"]))
    assert (found.number, found.count, found.low, found.high) == (2, 2, 2, 2)


def test_equal_seeds_give_equal_intervals():
    items = made_items(5)
    assert measured(items, 1) == measured(items, 1) != measured(items, 2)


def test_each_draw_is_of_as_many_subjects_as_there_are():
    drawn = draws(7, 5000, np.random.default_rng(0))
    assert drawn.shape == (5000, 7) and drawn.dtype == np.float64
    assert (drawn == np.round(drawn)).all() and (drawn >= 0).all() and (drawn.sum(axis=1) == 7).all()
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.06)
    assert np.mean(drawn == 0) == pytest.approx((6 / 7) ** 7, abs=0.01), "with replacement"


def test_the_interval_is_the_middle_95_percent():
    assert interval(np.arange(1001.0), 2) == pytest.approx((25, 975))
    assert interval(np.arange(1001.0), 1) == interval(np.empty(0), 5) == (None, None)


def test_subjects_are_numbered_by_their_names():
    numbers, count = places(["b", "a", "b", "c"])
    np.testing.assert_array_equal(numbers, [1, 0, 1, 2])
    assert count == 3


def test_the_figures_of_draws_are_in_their_order_however_many_threads_there_are():
    matrices = np.random.default_rng(8).normal(size=(12, 60, 60))
    drawn = draws(12, 40, np.random.default_rng(9))

    def figure(times: np.ndarray) -> float:
        return float(np.linalg.norm(np.tensordot(times, matrices, 1), 2))

    expected = [figure(times) for times in drawn]
    assert figures_of(drawn, figure) == pytest.approx(expected)
    found = []
    for count in (1, 4):
        with threads(count):
            found.append(figures_of(drawn, figure))
    assert found[0] == pytest.approx(expected)
    np.testing.assert_array_equal(*found)


def test_inside_linear_algebra_keeps_to_one_thread_and_outside_has_what_it_had():
    def counts() -> list[int]:
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    with threadpool_limits(2, user_api="blas"):
        with threads(3):
            assert set(counts()) == {1}
        assert set(counts()) == {2}


def test_draws_are_computed_side_by_side():
    """Each waits for another, which comes only where so many are computed at once."""
    both = Barrier(2, timeout=20)

    def figure(times: np.ndarray) -> float:
        both.wait()
        return float(times.sum())

    with threads(2):
        np.testing.assert_array_equal(figures_of(draws(5, 6, np.random.default_rng(10)), figure), [5.0] * 6)
