"""The neck's place from landmarks, on people whom it was not learnt from."""

from __future__ import annotations

import json

import numpy as np

from reenact.faces.normalise import Boxes, normalise
from reenact.reenactment.neck import COEFFICIENTS, face_boxes, neck_boxes
from reenact.reenactment.neck_fit import PEOPLE, fitted, samples
from reenact.synthetic.landmark_people.performance import TAKE_FRAMES


def test_the_coefficients_are_those_that_the_fit_gives():
    np.testing.assert_allclose(json.loads(COEFFICIENTS.read_text()), fitted(), atol=5e-4)


def test_the_neck_of_people_who_were_not_learnt_from_is_found():
    """How it moves within a take. Unit: the half side of the face's box."""
    points, wanted = samples(range(PEOPLE, PEOPLE + 40))
    found = neck_boxes(points, Boxes(np.zeros((len(points), 2)), np.ones(len(points))))
    guess = np.column_stack([found.centre, np.log(found.half_side)])
    moved, moves = (each.reshape(-1, TAKE_FRAMES, 3) - each.reshape(-1, TAKE_FRAMES, 3).mean(1, keepdims=True) for each in (guess, wanted))
    wrong = np.sqrt(((moved - moves) ** 2).mean((0, 1)))
    assert (wrong < [0.05, 0.04, 0.02]).all()
    assert (wrong[:2] < 0.4 * moves.std((0, 1))[:2]).all()


def test_a_face_is_found_by_its_neck():
    landmarks = np.random.default_rng(0).uniform(0, 256, (7, 68, 2))
    points, boxes = normalise(landmarks)
    back = face_boxes(points, neck_boxes(points, boxes))
    np.testing.assert_allclose(back.centre, boxes.centre)
    np.testing.assert_allclose(back.half_side, boxes.half_side)
