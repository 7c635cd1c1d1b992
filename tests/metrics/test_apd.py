from __future__ import annotations

import numpy as np
import pytest

from reenact.metrics.apd import apd
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces


def test_angles_go_round():
    """From 179° to -179° are two degrees."""
    np.testing.assert_allclose(apd(np.radians([[0, 0, 179.0]]), np.radians([[0, 0, -179.0]])), 2 / 3)


def test_it_is_the_mean_over_three_angles_in_degrees():
    a, b = np.radians([[10, -5, 0], [0, 0, 0], [1, 2, 3]]), np.radians([[4, 1, 3], [0, 0, 9], [1, 2, 3]])
    np.testing.assert_allclose(apd(a, b), [(6 + 6 + 3) / 3, 3, 0], atol=1e-12)
    np.testing.assert_allclose(apd(b, a), apd(a, b))


def test_one_frame_can_stand_for_all():
    np.testing.assert_allclose(apd(np.zeros((1, 3)), np.radians([[30, 0, 0], [0, -60, 60]])), [10, 40])


def test_a_result_is_compared_with_the_driving_frame():
    result, driving = faces({"headmodel.rotation": np.radians([[30, 0, 0]])}), faces({"headmodel.rotation": np.radians([[0, 0, -15]])})
    assert METRICS["apd"].values(compared(result, driving, person=result)) == pytest.approx([15])
