from __future__ import annotations

import numpy as np
import pytest

from reenact.face3d.headmodel import BLENDSHAPES
from reenact.metrics.aed import aed_expression, aed_identity
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces


def test_the_expression_distance_is_a_mean_over_the_units():
    rest, opened = np.zeros((2, len(BLENDSHAPES)))
    opened[BLENDSHAPES.index("jawOpen")] = 0.8
    opened[BLENDSHAPES.index("mouthSmileLeft")] = 0.22
    np.testing.assert_allclose(aed_expression(np.stack([rest, opened, opened]), np.stack([opened, rest, opened])), [0.02, 0.02, 0])
    np.testing.assert_allclose(aed_expression(np.ones((1, 51)), np.zeros((2, 51))), [1, 1])


def test_the_identity_distance_is_euclidean():
    a, b = np.float32([[1, 2, 2], [0, 0, 0]]), np.float32([[1, -1, 6], [2, 3, 6]])
    np.testing.assert_allclose(aed_identity(a, b), [5, 7])
    np.testing.assert_allclose(aed_identity(a, b[1:]), [np.sqrt(1 + 1 + 16), 7])


def test_both_are_of_the_driving_frame_whoever_the_person_is():
    person, driving, result = (
        faces({"dlib": [[0.0, at]], "headmodel.expression": np.full((1, 51), at / 100)}) for at in (10.0, 20.0, 13.0)
    )
    comparison = compared(result, driving, person, is_truth=True)
    assert METRICS["aed_expression"].values(comparison) == pytest.approx([0.07])
    assert METRICS["aed_identity"].values(comparison) == pytest.approx([7])


def test_in_crosstest_the_driver_is_another_person():
    one = faces({"dlib": [[0.0, 1.0]], "headmodel.expression": np.zeros((1, 51))})
    comparison = compared(one, one, one, is_truth=False)
    assert METRICS["aed_identity"].values(comparison) is None
    assert METRICS["aed_expression"].values(comparison) == pytest.approx([0])
