from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reenact.metrics.registry import METRICS
from reenact.metrics.turn_error import turn_error
from tests.support.comparisons import compared, faces


def yaws(*degrees: float, pitch: float = 0.0) -> np.ndarray:
    """A clip's angles (F, 3), radians."""
    return np.radians([[yaw, pitch, 0.0] for yaw in degrees])


def test_a_head_that_turns_as_the_driver_does_from_another_pose_has_no_error():
    """Which is relative motion; the rotation error is as large as the poses are apart."""
    result, driver = (faces({"headmodel.rotation": yaws(*each)}) for each in ((-12, -2, 8), (0, 10, 20)))
    np.testing.assert_allclose(METRICS["turn_error"].values(compared(result, driver)), [np.nan, 0, 0], atol=1e-5)
    np.testing.assert_allclose(METRICS["rotation_error"].values(compared(result, driver)), [12, 12, 12], atol=1e-5)


def test_a_still_head_is_as_far_off_as_the_driver_turns():
    np.testing.assert_allclose(turn_error(yaws(5, 5, 5, 5), yaws(-3, 7, -13, -3)), [np.nan, 10, 10, 0], atol=1e-5)


@pytest.mark.parametrize(("reader", "axes", "signs"), [("headmodel", "YXZ", (1, 1, -1)), ("openface", "XYZ", (1, 1, 1))])
def test_turns_are_those_of_the_rotations_since_the_first_frame(reader, axes, signs):
    a, b = np.random.default_rng(5).uniform(-1, 1, (2, 40, 3))
    one, other = (Rotation.from_euler(axes, angles * signs) for angles in (a, b))
    expected = np.degrees(((one * one[0].inv()).inv() * (other * other[0].inv())).magnitude())
    np.testing.assert_allclose(turn_error(a, b, reader)[1:], expected[1:], atol=1e-5)


def test_without_a_first_frame_no_turn_is_known():
    a, b = yaws(1, 2, 3), yaws(1, 2, 3)
    a[0, 1] = np.nan
    assert np.isnan(turn_error(a, b, "openface")).all()
    a, b = yaws(1, 2, 3), yaws(1, 2, 3)
    b[1, 0] = np.nan
    np.testing.assert_allclose(turn_error(a, b, "openface"), [np.nan, np.nan, 0], atol=1e-5)
