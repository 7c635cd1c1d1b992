from __future__ import annotations

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.faces.normalise import denormalise, normalise


def face(seed: int = 0, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(20, 230, (*shape, 68, 2)).astype(np.float32)


def test_worked_example():
    landmarks = np.full((68, 2), [30.0, 50.0], np.float32)
    landmarks[0] = [10, 40]  # the box is 40 wide and 20 high, so the square one has half side 20 about (30, 50)
    landmarks[1] = [50, 60]
    landmarks[2] = [35, 45]
    points, boxes = normalise(landmarks)
    np.testing.assert_array_equal(boxes.centre, [30, 50])
    assert boxes.half_side == 20
    np.testing.assert_allclose(points[:6], [-1, -0.5, 1, 0.5, 0.25, -0.25])
    assert not points[6:].any()


def test_longer_axis_spans_minus_one_to_one_and_the_other_is_centred():
    points, _ = normalise(face(1, 50))
    points = points.reshape(50, 68, 2)
    low, high = points.min(1), points.max(1)
    np.testing.assert_allclose(high.max(1), 1, atol=1e-6)
    np.testing.assert_allclose(low, -high, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
def test_round_trip(shape):
    landmarks = face(2, *shape)
    points, boxes = normalise(landmarks)
    assert points.shape == (*shape, 136) and points.dtype == np.float32
    back = denormalise(points, boxes)
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, landmarks, atol=2e-5)


def test_shift_and_scale_do_not_matter():
    landmarks = face(3).astype(np.float64)
    np.testing.assert_allclose(normalise(landmarks * 3 + [7, -90])[0], normalise(landmarks)[0], atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_coordinates_that_are_not_finite_are_errors(value):
    landmarks = face(4, 3)
    landmarks[1, 5, 0] = value
    with pytest.raises(ReenactError, match="1 landmark sets are not finite"):
        normalise(landmarks)


def test_points_that_coincide_and_wrong_shapes_are_errors():
    with pytest.raises(ReenactError, match="no extent"):
        normalise(np.ones((68, 2)))
    with pytest.raises(ReenactError, match="68 points"):
        normalise(np.ones((4, 67, 2)))
