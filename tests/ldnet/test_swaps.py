from __future__ import annotations

import numpy as np

from reenact.ldnet.swaps import choose, differing


def test_the_first_is_the_most_usual_and_each_other_is_far_from_those_before():
    """On a line from 0 to 99, with a stray face at 1000, the mean is 58.9. Five of 101 are too far from it."""
    line = np.zeros((101, 136), np.float32)
    line[:, 7] = np.r_[0:100, 1000]
    assert differing(line, 1) == [59]
    assert differing(line, 4) == [59, 4, 99, 31]
    assert sorted(differing(line, 200)) == list(range(4, 100))


def test_there_may_be_fewer_and_of_few_none_is_too_far():
    assert differing(np.zeros((9, 136)), 4) == [0]
    assert differing(np.stack([np.zeros(136), np.ones(136)]), 4) == [0, 1]
    assert len(differing(np.random.default_rng(1).normal(size=(6, 136)), 6)) == 6


def test_the_truth_is_each_persons_frame_of_the_drivers_number():
    people = np.random.default_rng(0).normal(size=(3, 40, 136)).astype(np.float32)
    shown = choose(people, [True, False, True])
    frames = [int(np.flatnonzero((people[0] == pose).all(1))[0]) for pose in shown.pose]
    assert len(set(frames)) == 6
    for row, known in enumerate((True, False, True)):
        np.testing.assert_array_equal(shown.truth[row], people[row][frames] if known else np.full((6, 136), np.nan))
        distances = np.linalg.norm(people[row] - people[row].mean(0), axis=1)
        np.testing.assert_array_equal(shown.identity[row], people[row][distances.argmin()])
    assert {part.dtype for part in shown} == {np.dtype(np.float32)}


def test_people_may_have_other_numbers_of_frames():
    people = [np.random.default_rng(seed).normal(size=(frames, 136)).astype(np.float32) for seed, frames in enumerate((2, 50, 1))]
    shown = choose(people, [True, False, False])
    assert shown.identity.shape == (3, 136) and shown.truth.shape == (3, 2, 136)
