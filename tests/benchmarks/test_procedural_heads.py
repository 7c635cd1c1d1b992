"""The second family of heads: faces, each with its own shape, that do what the motion says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.procedural_heads import EXPRESSIONS, Motion, draw_head, grid, landmarks
from reenact.synthetic.landmark_subjects import random_heads


def doing(frames: int = 2, yaw: float = 0.0, **expressions: float) -> Motion:
    """Nothing in the first frame, and this in the others."""
    later = np.r_[0.0, np.ones(frames - 1)]
    made = {name: later * expressions.get(name, 0.0) for name in EXPRESSIONS}
    rotation = np.zeros((frames, 3))
    rotation[1:, 0] = yaw
    return Motion(made, rotation)


def shown(motion: Motion, seed: int = 3) -> np.ndarray:
    return landmarks(draw_head(np.random.default_rng(seed)), motion, np.random.default_rng(0)).astype(float)


def test_the_same_seed_gives_the_same_people_who_all_move_alike():
    people = grid(4, 60, seed=5)
    assert people.shape == (4, 60, 68, 2) and people.dtype == np.float32 and np.isfinite(people).all()
    np.testing.assert_array_equal(people, grid(4, 60, seed=5))
    mouths = np.linalg.norm(people[:, :, 62] - people[:, :, 66], axis=-1)
    assert np.corrcoef(mouths).min() > 0.9
    assert np.abs(people[0] - people[1]).mean() > 1


def test_they_are_faces():
    people = grid(50, 20, seed=1)
    eyes, nose, mouth = people[:, :, 36:48, 1].mean(-1), people[:, :, 30, 1], people[:, :, 48:68, 1].mean(-1)
    assert (eyes < nose).all() and (nose < mouth).all() and (mouth < people[:, :, 8, 1]).all()
    assert (people[:, :, 36, 0] < people[:, :, 39, 0]).all() and (people[:, :, 42, 0] < people[:, :, 45, 0]).all()


@pytest.mark.parametrize(
    ("name", "points", "axis", "sign"), [("jaw", [57, 8], 1, 1), ("brows_in", [21, 22], 1, -1), ("smile", [48], 0, -1)]
)
def test_an_expression_moves_what_it_names(name, points, axis, sign):
    still, moved = shown(doing(**{name: 1.0}))
    assert ((moved - still)[points, axis] * sign > 1).all()


def test_a_blink_closes_the_eyes():
    still, closed = shown(doing(blink=1.0))
    assert (closed[[41, 46], 1] - closed[[37, 44], 1] < 0.4 * (still[[41, 46], 1] - still[[37, 44], 1])).all()


def test_the_outline_of_a_turned_head_is_other_points_than_that_of_a_frontal_one():
    """The far cheek comes out of the face, so its outline does not go as far to the side as a fixed point would."""
    frontal, turned = shown(doing(yaw=np.radians(30)))
    near, far = turned[3, 0] - turned[30, 0], turned[13, 0] - turned[30, 0]
    assert abs(near) > 1.5 * abs(far) and frontal[8, 0] < turned[8, 0]


def test_the_mean_face_is_not_the_head_models():
    """A family of its own: the mean differs from that of the people who are trained on by more than a tenth of the eyes' distance."""
    ours = random_heads().model.landmark_mean[:68, :2] * [1, -1]
    theirs = grid(100, 2, seed=2)[:, 0].mean(0)
    scaled = [(points - points[27]) / np.linalg.norm(points[36] - points[45]) for points in (ours, theirs)]
    assert np.linalg.norm(scaled[0] - scaled[1], axis=1).mean() > 0.1
