from __future__ import annotations

import math

import numpy as np
import pytest

from reenact.face3d.headmodel import BLENDSHAPES
from reenact.metrics.ed import ed
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces


def test_one_unit_at_full_strength_is_a_distance_of_one():
    rest, opened = np.zeros((2, len(BLENDSHAPES)))
    opened[BLENDSHAPES.index("jawOpen")] = 1
    np.testing.assert_array_equal(ed(np.stack([rest, opened, opened]), np.stack([rest, rest, opened])), [0, 1, 0])


def test_it_is_a_sum_over_the_units_and_no_mean():
    rng = np.random.default_rng(5)
    a, b = rng.uniform(0, 1, (2, 20, len(BLENDSHAPES)))
    expected = [math.sqrt(sum((x - y) ** 2 for x, y in zip(p, q, strict=True))) for p, q in zip(a, b, strict=True)]
    np.testing.assert_allclose(ed(a, b), expected)
    np.testing.assert_allclose(ed(np.zeros((1, 51)), np.ones((1, 51))), math.sqrt(51))


def test_one_frame_can_stand_for_all():
    np.testing.assert_allclose(ed(np.zeros((1, 2)), np.array([[3.0, 4.0], [0.0, 1.0]])), [5, 1])


@pytest.mark.parametrize(("ending", "reader", "units", "strongest"), [("", "headmodel", 51, 1.0), ("_openface", "openface", 17, 5.0)])
def test_its_range_is_from_rest_to_all_units_at_full_strength(ending, reader, units, strongest):
    rest, full = (faces({f"{reader}.expression": np.full((2, units), strength)}) for strength in (0.0, strongest))
    metric = METRICS[f"ed{ending}"]
    np.testing.assert_allclose(metric.values(compared(full, rest)), metric.range[1])
    np.testing.assert_array_equal(metric.values(compared(rest, rest)), metric.range[0])


def test_a_frame_without_an_expression_has_no_value():
    nothing = np.vstack([np.full(17, np.nan), np.zeros(17)])
    found = METRICS["ed_openface"].values(
        compared(faces({"openface.expression": nothing}), faces({"openface.expression": np.zeros((2, 17))}))
    )
    np.testing.assert_array_equal(found, [np.nan, 0])
