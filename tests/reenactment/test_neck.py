"""The neck's place from landmarks, on people whom it was not learnt from."""

from __future__ import annotations

import json

import numpy as np

from reenact.reenactment.neck import COEFFICIENTS, neck
from reenact.reenactment.neck_fit import PEOPLE, fitted, samples
from reenact.synthetic.landmark_people.performance import TAKE_FRAMES


def test_the_coefficients_are_those_that_the_fit_gives():
    np.testing.assert_allclose(json.loads(COEFFICIENTS.read_text()), fitted(), atol=5e-4)


def test_the_neck_of_people_who_were_not_learnt_from_is_found():
    """How it moves within a take. Unit: the half side of the face's box."""
    points, wanted = samples(range(PEOPLE, PEOPLE + 40))
    moved, moves = (takes - takes.mean(1, keepdims=True) for takes in (takes_of(neck(points)), takes_of(wanted)))
    wrong = np.sqrt(((moved - moves) ** 2).mean((0, 1)))
    assert (wrong < [0.06, 0.05]).all()
    assert (wrong < 0.5 * moves.std((0, 1))).all()


def takes_of(places: np.ndarray) -> np.ndarray:
    return places.reshape(-1, TAKE_FRAMES, 2)
