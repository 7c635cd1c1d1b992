from __future__ import annotations

import numpy as np
import pytest

from reenact.metrics.jitter import acceleration
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces

FACE = np.random.default_rng(0).uniform(60, 200, (68, 2))


def moved(*shifts: tuple[float, float]) -> np.ndarray:
    """A clip (F, 68, 2) of a face that is moved by so much in each frame."""
    return np.stack([FACE + shift for shift in shifts])


def jitter(result: np.ndarray, driving: np.ndarray, **more) -> np.ndarray:
    return METRICS["jitter"].values(compared(faces(landmarks=result), faces(landmarks=driving), **more))


def in_order(count: int) -> np.ndarray:
    return np.arange(count)


def test_a_still_clip_does_not_shake():
    np.testing.assert_array_equal(acceleration(moved(*[(0, 0)] * 5), in_order(5)), [np.nan, 0, 0, 0, np.nan])


def test_nor_does_one_that_moves_steadily():
    clip = moved(*((2.5 * step, -4 * step) for step in range(6)))
    np.testing.assert_allclose(acceleration(clip, in_order(6)), [np.nan, 0, 0, 0, 0, np.nan], atol=1e-10)


def test_a_shaking_clip_by_hand():
    """To and fro by (3, 4): the second difference is twice as much each way, twice 5 pixels. At the end it comes to rest."""
    clip = moved((0, 0), (3, 4), (0, 0), (3, 4), (3, 4))
    np.testing.assert_allclose(acceleration(clip, in_order(5)), [np.nan, 10, 10, 5, np.nan])


def test_it_is_a_mean_over_the_points():
    clip = moved((0, 0), (0, 0), (0, 0))
    clip[1, 8] += (0, 17)
    np.testing.assert_allclose(acceleration(clip, in_order(3))[1], 34 / 68)


@pytest.mark.parametrize(
    ("frames", "has_none"), [([0, 1, 2, 4, 6, 9, 10], [1, 0, 1, 1, 1, 1, 1]), ([3, 5, 7, 9, 10, 12, 13], [1] * 7), ([3, 5, 7], [1, 0, 1])]
)
def test_only_a_frame_between_two_neighbours_has_a_value(frames, has_none):
    """A neighbour is as far as the nearest two frames of the clip: second differences over other steps are another unit."""
    clip = moved(*[(0, 0)] * len(frames))
    np.testing.assert_array_equal(np.isnan(acceleration(clip, np.array(frames))), has_none)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_frames_have_no_neighbours(count):
    assert np.isnan(acceleration(np.zeros((count, 68, 2)), in_order(count))).all()
    assert acceleration(np.zeros((count, 68, 2)), in_order(count)).shape == (count,)


def test_a_result_that_shakes_more_than_the_driver_is_above_nothing():
    rng = np.random.default_rng(1)
    driving = moved(*((step, 0) for step in range(40))) + rng.normal(0, 0.5, (40, 68, 2))
    shakes = driving + rng.normal(0, 1, driving.shape)
    assert np.nanmin(jitter(shakes, driving)) > 0 > np.nanmax(jitter(driving, shakes))
    np.testing.assert_allclose(jitter(driving, driving)[1:-1], 0, atol=1e-12)


def test_it_is_what_the_result_has_more_in_pixels_of_a_picture_of_256():
    driving, result = moved((0, 0), (3, 4), (0, 0)), moved((0, 0), (6, 8), (0, 0))
    np.testing.assert_allclose(jitter(result, driving), [np.nan, 10, np.nan])
    np.testing.assert_allclose(jitter(result / 4, driving / 4, size=64), [np.nan, 10, np.nan])


def test_gaps_are_those_of_the_driving_frames():
    clip = moved(*[(0, 0)] * 4)
    np.testing.assert_array_equal(jitter(clip, clip, frames=(0, 1, 2, 7)), [np.nan, 0, np.nan, np.nan])
