from __future__ import annotations

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.metrics.base import Truth
from reenact.metrics.landmark_error import landmark_error
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces


@pytest.fixture
def true() -> np.ndarray:
    """Three sets of points whose square box is the whole picture of 0 to 100, the outer corners of the eyes 50 pixels apart."""
    landmarks = np.random.default_rng(1).uniform(20, 80, (3, 68, 2))
    landmarks[:, 0], landmarks[:, 8], landmarks[:, 16] = (0, 30), (50, 100), (100, 0)
    landmarks[:, 36], landmarks[:, 45] = (30, 40), (60, 80)
    return landmarks


def test_place_and_size_do_not_count(true):
    np.testing.assert_allclose(landmark_error(0.3 * true + [7, -40], true), 0, atol=1e-6)


def test_points_that_are_off_count_in_parts_of_the_eyes_distance(true):
    off = true.copy()
    off[1, 30] += (3, 4)
    off[2, 20:24] += (0, 10)
    np.testing.assert_allclose(landmark_error(off, true), [0, 5 / 68 / 50, 40 / 68 / 50], atol=1e-6)
    np.testing.assert_allclose(landmark_error(5 * off, true), landmark_error(off, true), atol=1e-6)


def test_the_true_eyes_are_the_measure(true):
    off = true.copy()
    off[:, 36] = (25, 40)
    np.testing.assert_allclose(landmark_error(off, true), 5 / 68 / 50, atol=1e-6)


def test_points_on_a_heap_are_refused(true):
    with pytest.raises(ReenactError, match="no extent"):
        landmark_error(np.zeros_like(true), true)


def test_one_metric_is_of_the_landmarks_that_a_result_was_made_from_and_one_of_those_seen_in_it(true):
    made_from, seen = true.copy(), true.copy()
    made_from[1, 30] += (3, 4)
    seen[2, 20] += (0, 10)
    comparison = compared(faces(landmarks=seen, generated_from=made_from), truth=Truth(true, np.zeros((3, 3))))
    np.testing.assert_allclose(METRICS["landmark_error"].values(comparison), [0, 5 / 68 / 50, 0], atol=1e-6)
    np.testing.assert_allclose(METRICS["seen_landmark_error"].values(comparison), [0, 0, 10 / 68 / 50], atol=1e-6)


def test_somebody_elses_result_is_judged_by_what_is_seen_alone(true):
    """Nobody says which landmarks it was made from."""
    comparison = compared(faces(landmarks=true), truth=Truth(true, np.zeros((3, 3))))
    assert METRICS["landmark_error"].values(comparison) is None
    np.testing.assert_allclose(METRICS["seen_landmark_error"].values(comparison), 0, atol=1e-6)


def test_where_nobody_knows_the_truth_neither_has_a_meaning(true):
    comparison = compared(faces(landmarks=true, generated_from=true))
    assert METRICS["landmark_error"].values(comparison) is METRICS["seen_landmark_error"].values(comparison) is None
