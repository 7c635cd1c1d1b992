from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from reenact.metrics.registry import METRICS
from reenact.metrics.rotation_error import angle_between, rotation_error
from tests.support.comparisons import compared, faces


def turn(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """The head model's angles, radians."""
    return np.radians([yaw, pitch, roll])


def test_the_angle_is_that_of_the_rotation_between_two():
    a, b = Rotation.random(300, rng=1), Rotation.random(300, rng=2)
    expected = np.degrees((a.inv() * b).magnitude())
    assert expected.min() < 30 and expected.max() > 175
    np.testing.assert_allclose(angle_between(a.as_matrix(), b.as_matrix()), expected, atol=1e-6)
    np.testing.assert_allclose(angle_between(b.as_matrix(), a.as_matrix()), expected, atol=1e-6)
    np.testing.assert_allclose(angle_between(a.as_matrix()[:1], b.as_matrix()), np.degrees((a[0].inv() * b).magnitude()), atol=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (turn(), turn(), 0),
        (turn(yaw=10), turn(yaw=35), 25),
        (turn(pitch=-20), turn(pitch=20), 40),
        (turn(roll=15), turn(), 15),
        (turn(yaw=170), turn(yaw=-170), 20),
        (turn(roll=-179), turn(roll=179), 2),
        (turn(), turn(yaw=180), 180),
        # A head that looks to the side is turned by a pitch as far as any.
        (turn(yaw=90), turn(yaw=90, pitch=30), 30),
        # The face's axis goes from z to x, and from z to -y: a third of a full turn apart.
        (turn(yaw=90), turn(pitch=90), 120),
    ],
)
def test_known_turns(a, b, expected):
    assert rotation_error(a[None], b[None])[0] == pytest.approx(expected, abs=1e-5)
    assert rotation_error(b[None], a[None])[0] == pytest.approx(expected, abs=1e-5)


def test_it_sees_how_far_a_head_is_turned_where_psim_does_not():
    one, other = faces({"headmodel.rotation": turn(yaw=5)[None]}), faces({"headmodel.rotation": turn(yaw=25)[None]})
    assert METRICS["psim"].values(compared(one, other)) == pytest.approx([1])
    assert METRICS["rotation_error"].values(compared(one, other)) == pytest.approx([20])


@pytest.mark.parametrize(
    ("reader", "ending", "axes", "signs"), [("headmodel", "", "YXZ", (1, 1, -1)), ("openface", "_openface", "XYZ", (1, 1, 1))]
)
def test_each_readers_angles_are_turned_in_its_own_order(reader, ending, axes, signs):
    """OpenFace: R = Rx·Ry·Rz. The head model: R = Ry(yaw)·Rx(pitch)·Rz, its roll clockwise."""
    a, b = np.random.default_rng(3).uniform(-1, 1, (2, 60, 3))
    one, other = (Rotation.from_euler(axes, angles * signs) for angles in (a, b))
    expected = np.degrees((one.inv() * other).magnitude())
    np.testing.assert_allclose(rotation_error(a, b, reader), expected, atol=1e-6)
    comparison = compared(*(faces({f"{reader}.rotation": angles.astype(np.float32)}) for angles in (a, b)))
    np.testing.assert_allclose(METRICS[f"rotation_error{ending}"].values(comparison), expected, atol=1e-4)
    # The same axes from the last to the first.
    reverse = [Rotation.from_euler(axes.lower(), angles * signs) for angles in (a, b)]
    assert np.abs(np.degrees((reverse[0].inv() * reverse[1]).magnitude()) - expected).max() > 5, "or a wrong order would not be seen"


@pytest.mark.parametrize("reader", ["headmodel", "openface"])
def test_a_frame_without_a_rotation_has_no_value(reader):
    a, b = np.zeros((4, 3)), np.full((4, 3), 0.1)
    a[1], b[2, 0] = np.nan, np.nan
    np.testing.assert_array_equal(np.isnan(rotation_error(a, b, reader)), [False, True, True, False])


@pytest.mark.parametrize("reader", ["headmodel", "openface"])
def test_one_frame_can_stand_for_all(reader):
    a, b = np.random.default_rng(4).uniform(-1, 1, (2, 5, 3))
    np.testing.assert_allclose(rotation_error(a[:1], b, reader), rotation_error(np.repeat(a[:1], 5, axis=0), b, reader))
