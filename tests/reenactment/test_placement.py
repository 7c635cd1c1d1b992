"""Where landmarks are put: worked examples, and heads of which the right place is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import procedural_heads
from reenact.config.data import SyntheticParams
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.normalise import Boxes, denormalise
from reenact.reenactment.placement import Placed, Placement, place
from reenact.seeding import generator
from reenact.synthetic.motion import draw_motion

SHAPE = np.zeros((2, 136))
FRAMES = 60


def in_box(x: float, y: float, half_side: float) -> Placed:
    """A face that only its box is known of."""
    return Placed(SHAPE[0], Boxes(np.array([x, y]), np.array(half_side)))


DRIVER = Placed(SHAPE, Boxes(np.array([[50.0, 50.0], [60.0, 30.0]]), np.array([40.0, 60.0])))


def test_relative_is_the_targets_box_moved_and_grown_in_the_drivers_units():
    # The target's box is half the reference's; the driver moved by (10, -20) and grew by a half: so (5, -10), and 20 becomes 30.
    placed = place(SHAPE, in_box(100, 100, 20), DRIVER, in_box(50, 50, 40), "relative")
    np.testing.assert_allclose(placed.centre, [[100, 100], [105, 90]])
    np.testing.assert_allclose(placed.half_side, [20, 30])


def test_absolute_is_the_drivers_box():
    assert place(SHAPE, in_box(100, 100, 20), DRIVER, in_box(50, 50, 40), "absolute") is DRIVER.boxes


@pytest.mark.parametrize("placement", ["neck", "relative", "absolute"])
def test_a_face_that_drives_itself_stays_where_it_is(placement):
    clip = heads()[0]
    faces, first = Placed.of(clip), Placed.of(clip[0])
    back = denormalise(faces.points, place(faces.points, first, faces, first, placement))
    np.testing.assert_allclose(back, clip, atol=2e-3)


@pytest.mark.parametrize("placement", ["neck", "relative"])
def test_a_picture_of_another_size_makes_no_difference(placement):
    """Everything of the target is twice as large and elsewhere, and so is what comes of it; nothing follows where the driver is."""
    target, driver = heads()

    def placed(target: np.ndarray, driver: np.ndarray) -> np.ndarray:
        return at_its_place(placement, Placed.of(driver), target, driver[5])

    small = placed(target, driver)
    np.testing.assert_allclose(placed(target * 2 + [30, -10], driver), small * 2 + [30, -10], atol=0.01)
    np.testing.assert_allclose(placed(target, driver / 3 - [8, 50]), small, atol=0.01)


@pytest.mark.parametrize(("family", "error", "share"), [("rendered", 0.11, 0.5), ("procedural", 0.13, 0.8)])
def test_the_necks_place_holds_where_target_and_reference_hold_other_poses(family, error, share):
    """The true shape of each, put where the placement says; mean distance from the truth in outer-eye distances."""
    clips = heads(12) if family == "rendered" else procedural_heads.grid(12, FRAMES, 3)
    wrong: dict[Placement, list[float]] = {"neck": [], "relative": []}
    random = np.random.default_rng(0)
    for number, truth in enumerate(clips):
        driver, (start, reference) = clips[number - 1], random.integers(FRAMES, size=2)
        eyes = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=-1)[:, None]
        for placement, errors in wrong.items():
            guess = at_its_place(placement, Placed.of(driver), truth, driver[reference], start)
            errors.append((np.linalg.norm(guess - truth, axis=-1) / eyes).mean())
    assert np.mean(wrong["neck"]) < error
    assert np.mean(wrong["neck"]) < share * np.mean(wrong["relative"])


def at_its_place(placement: Placement, driver: Placed, truth: np.ndarray, reference: np.ndarray, start: int = 0) -> np.ndarray:
    """The true shapes of `truth` (F, 68, 2) where the placement puts them, of its frame `start` as the target."""
    shapes = Placed.of(truth).points
    return denormalise(shapes, place(shapes, Placed.of(truth[start]), driver, Placed.of(reference), placement))


def heads(count: int = 2) -> np.ndarray:
    """Landmarks (count, FRAMES, 68, 2) of rendered people's heads that all move alike."""
    model = head_model()
    blendshapes, rotation = draw_motion(generator(5, "placement"), FRAMES, SyntheticParams())
    shapes = (model.identity(generator(5, "placement", number)) for number in range(count))
    return np.stack([model.landmarks(shape, blendshapes, rotation, Camera(256)) for shape in shapes])
