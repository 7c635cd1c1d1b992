from __future__ import annotations

import numpy as np
import pytest

from reenact.metrics.akd import akd
from reenact.metrics.base import Clip
from reenact.metrics.registry import METRICS


@pytest.fixture
def points() -> np.ndarray:
    """Landmarks of five faces in pictures of 256 pixels a side."""
    return np.random.default_rng(0).uniform(0, 255, (5, 68, 2))


def at_side(points: np.ndarray, size: int) -> np.ndarray:
    """Where points of a picture of 256 a side lie in the same picture at another size."""
    return (points + 0.5) * size / 256 - 0.5


def clip(points: np.ndarray, size: int, **more) -> Clip:
    return Clip(np.zeros((len(points), size, size, 3), np.uint8), points, np.ones(len(points), bool), **more)


def test_it_is_a_mean_over_the_points(points):
    off = points.copy()
    off[1] += (3, 4)
    off[2, 30] += (0, 34)
    np.testing.assert_allclose(akd(off, points, 256), [0, 5, 34 / 68, 0, 0])
    np.testing.assert_allclose(akd(points[:1], points, 256), [np.linalg.norm(points[0] - each, axis=1).mean() for each in points])


def test_nothing_is_aligned(points):
    """A right face elsewhere is far away, unlike in the landmark error."""
    np.testing.assert_allclose(akd(np.add(points, (40, 0)), points, 256), 40)


@pytest.mark.parametrize("size", [64, 128, 512])
def test_the_same_faces_have_the_same_distance_at_any_size(points, size):
    off = points + np.random.default_rng(1).normal(0, 3, points.shape)
    np.testing.assert_allclose(akd(at_side(off, size), at_side(points, size), size), akd(off, points, 256))
    driving = clip(at_side(points, size), size)
    found = METRICS["akd"].read(clip(at_side(off, size), size, driving=driving, is_truth=True))
    np.testing.assert_allclose(found, akd(off, points, 256))


def test_it_has_a_meaning_where_the_driving_frames_are_the_truth(points):
    driving = clip(points, 64)
    assert METRICS["akd"].read(clip(points, 64, driving=driving, is_truth=False)) is None
    assert METRICS["akd"].read(driving) is None
    one_for_all = METRICS["akd"].read(clip(points[:1], 64, driving=driving, is_truth=True))
    assert one_for_all.shape == (5,) and one_for_all[0] == 0 < one_for_all[1:].min()
