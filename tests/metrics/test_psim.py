from __future__ import annotations

import math

import numpy as np
import pytest

from reenact.metrics.base import Gallery
from reenact.metrics.psim import psim
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces

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


def measured(name: str, reader: str, result: np.ndarray, driving: np.ndarray, mean: np.ndarray) -> np.ndarray:
    one, other = (faces({f"{reader}.rotation": angles}) for angles in (result, driving))
    return METRICS[name].values(compared(one, other, gallery=Gallery((), {}, {f"{reader}.rotation": mean})))


READERS = [("", "headmodel"), ("_openface", "openface")]


@pytest.mark.parametrize(("ending", "reader"), READERS)
def test_a_turn_that_all_heads_share_makes_all_alike_until_it_is_taken_away(ending, reader):
    """Everybody nods by 30°. Beside it some turn by 5° to the one side or the other."""
    result = np.radians([[5, 30, 0], [5, 30, 0], [0, 35, 0]])
    driving = np.radians([[7, 30, 0], [-5, 30, 0], [5, 30, 0]])
    mean = np.radians([0, 30, 0])
    assert measured(f"psim{ending}", reader, result, driving, mean).min() > 0.94
    np.testing.assert_allclose(measured(f"psim_centred{ending}", reader, result, driving, mean), [1, -1, 0], atol=1e-12)


@pytest.mark.parametrize(("ending", "reader"), READERS)
def test_both_vectors_are_without_the_mean_of_all_driving_frames(ending, reader):
    rng = np.random.default_rng(4)
    result, driving, mean = rng.normal(0, 0.2, (40, 3)), rng.normal(0, 0.2, (40, 3)), rng.normal(0, 0.2, 3)
    pairs = [(a - mean, b - mean) for a, b in zip(result, driving, strict=True)]
    expected = [sum(a * b) / (math.hypot(*a) * math.hypot(*b)) for a, b in pairs]
    np.testing.assert_allclose(measured(f"psim_centred{ending}", reader, result, driving, mean), expected, atol=1e-12)
    plain = [sum(a * b) / (math.hypot(*a) * math.hypot(*b)) for a, b in zip(result, driving, strict=True)]
    np.testing.assert_allclose(measured(f"psim{ending}", reader, result, driving, mean), plain, atol=1e-12)


def test_a_frame_without_a_rotation_has_no_value():
    nothing, turned = np.full(3, np.nan), np.array([0.1, -0.2, 0.0])
    a, b = np.stack([nothing, turned, nothing, turned]), np.stack([turned, nothing, nothing, turned])
    np.testing.assert_allclose(psim(a, b), [np.nan, np.nan, np.nan, 1])


def test_a_frame_without_a_rotation_has_no_value_beside_a_still_head_either():
    nothing = np.full(3, np.nan)
    np.testing.assert_array_equal(psim(np.stack([nothing, STILL]), np.stack([STILL, nothing])), [np.nan, np.nan])
