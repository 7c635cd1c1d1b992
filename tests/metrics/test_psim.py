from __future__ import annotations

import math

import numpy as np

from reenact.metrics.psim import psim

STILL = [0.0, 0.0, 0.0]


def test_turns_about_one_axis_agree_whatever_their_size_and_about_two_axes_do_not():
    a = np.radians([[10, 0, 0], [10, 0, 0], [10, 0, 0], [10, 0, 0]])
    b = np.radians([[25, 0, 0], [0, 7, 0], [-3, 0, 0], [5, 5, 0]])
    np.testing.assert_allclose(psim(a, b), [1, 0, -1, math.sqrt(0.5)], atol=1e-12)


def test_the_order_of_the_axes_and_the_unit_do_not_matter():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 0.2, (2, 50, 3))
    expected = [sum(x * y for x, y in zip(p, q, strict=True)) / (math.hypot(*p) * math.hypot(*q)) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(psim(a, b), expected, atol=1e-12)
    np.testing.assert_allclose(psim(a[:, [2, 0, 1]], b[:, [2, 0, 1]]), expected, atol=1e-12)
    np.testing.assert_allclose(psim(np.degrees(a), np.degrees(b)), expected, atol=1e-12)


def test_heads_that_are_not_turned_agree_with_each_other_alone():
    turned, hardly = [0.1, -0.2, 0.0], [1e-8, 0.0, -1e-8]
    a, b = np.array([STILL, STILL, turned, hardly]), np.array([STILL, turned, STILL, STILL])
    np.testing.assert_array_equal(psim(a, b), [1, 0, 0, 1])


def test_one_frame_can_stand_for_all():
    b = np.array([[0.2, 0.0, 0.0], [0.0, 0.2, 0.0], STILL])
    np.testing.assert_allclose(psim(np.array([[0.1, 0.0, 0.0]]), b), [1, 0, 0], atol=1e-12)


def test_a_millionth_of_a_radian_is_a_turn():
    """Less is none."""
    for angle, expected in ((2e-6, 1.0), (5e-7, 0.0)):
        assert psim(np.array([[angle, 0, 0]]), np.array([[0.3, 0, 0]]))[0] == expected
        assert psim(np.array([[0.3, 0, 0]]), np.array([[angle, 0, 0]]))[0] == expected


def test_rounding_takes_no_cosine_beyond_one():
    a = np.random.default_rng(0).normal(size=(1000, 3))
    assert psim(a, a).max() == 1 and psim(a, -3 * a).min() == -1


def test_the_least_turn_is_a_turn():
    assert psim(np.array([[1e-6, 0, 0]]), np.array([[0.3, 0, 0]]))[0] == 1
