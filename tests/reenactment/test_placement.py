from __future__ import annotations

import numpy as np

from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.reenactment.placement import place

TARGET = Boxes(np.array([40.0, 50.0]), np.array(10.0))
REFERENCE = Boxes(np.array([100.0, 100.0]), np.array(20.0))
DRIVER = Boxes(np.array([[100.0, 100.0], [130.0, 90.0]]), np.array([20.0, 30.0]))


def test_relative_is_the_targets_box_moved_and_grown_in_the_drivers_units():
    placed = place(TARGET, DRIVER, REFERENCE, "relative")
    np.testing.assert_allclose(placed.centre, [[40, 50], [55, 45]])
    np.testing.assert_allclose(placed.half_side, [10, 15])


def test_absolute_is_the_drivers_box():
    assert place(TARGET, DRIVER, REFERENCE, "absolute") is DRIVER


def test_relative_is_exact_where_the_reference_is_the_target():
    clip = np.random.default_rng(5).uniform(20, 230, (20, 68, 2))
    points, boxes = normalise(clip)
    first = Boxes(boxes.centre[0], boxes.half_side[0])
    np.testing.assert_allclose(denormalise(points, place(first, boxes, first, "relative")), clip, atol=2e-5)
