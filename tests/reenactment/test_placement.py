"""Where landmarks are put: worked examples, and heads of which the right place is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import procedural_heads
from reenact.config.data import SyntheticParams
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.reenactment.placement import in_other_pose, place
from reenact.seeding import generator
from reenact.synthetic.motion import draw_motion

FRAMES = 60
TARGET, REFERENCE = Boxes(np.array([100.0, 100.0]), np.array(20.0)), Boxes(np.array([50.0, 50.0]), np.array(40.0))
DRIVER = Boxes(np.array([[50.0, 50.0], [60.0, 30.0]]), np.array([40.0, 60.0]))


@pytest.mark.parametrize("placement", ["relative", "neck"])
def test_the_targets_box_moves_and_grows_in_the_drivers_units(placement):
    # The target's box is half the reference's; the driver moved by (10, -20) and grew by a half: so (5, -10), and 20 becomes 30.
    placed = place(TARGET, DRIVER, REFERENCE, placement)
    np.testing.assert_allclose(placed.centre, [[100, 100], [105, 90]])
    np.testing.assert_allclose(placed.half_side, [20, 30])


def test_relative_is_exact_where_the_reference_is_the_target():
    clip = np.random.default_rng(5).uniform(20, 230, (20, 68, 2))
    points, boxes = normalise(clip)
    first = Boxes(boxes.centre[0], boxes.half_side[0])
    np.testing.assert_allclose(denormalise(points, place(first, boxes, first, "relative")), clip, atol=2e-5)


def test_absolute_is_the_drivers_box():
    assert place(TARGET, DRIVER, REFERENCE, "absolute") is DRIVER


def test_a_face_in_its_own_pose_stays_where_it_is():
    points, boxes = normalise(heads(1)[0, 0])
    np.testing.assert_array_equal(in_other_pose(boxes, points, points).centre, boxes.centre)


@pytest.mark.parametrize("family", ["rendered", "procedural"])
def test_a_head_turns_about_its_neck(family):
    """Boxes of the same heads in other poses: guessed far better than by leaving the box where it is."""
    clips = heads(12) if family == "rendered" else procedural_heads.grid(12, FRAMES, 3)
    random, wrong, moved = np.random.default_rng(0), [], []
    for clip in clips:
        points, boxes = normalise(clip)
        for one, other in random.integers(FRAMES, size=(20, 2)):
            guess = in_other_pose(Boxes(boxes.centre[one], boxes.half_side[one]), points[one], points[other])
            wrong.append(np.linalg.norm(guess.centre - boxes.centre[other]))
            moved.append(np.linalg.norm(boxes.centre[one] - boxes.centre[other]))
    assert np.mean(wrong) < 0.6 * np.mean(moved)


def heads(count: int) -> np.ndarray:
    """Landmarks (count, FRAMES, 68, 2) of rendered people's heads that all move alike."""
    model = head_model()
    blendshapes, rotation = draw_motion(generator(5, "placement"), FRAMES, SyntheticParams())
    shapes = (model.identity(generator(5, "placement", number)) for number in range(count))
    return np.stack([model.landmarks(shape, blendshapes, rotation, Camera(256)) for shape in shapes])
