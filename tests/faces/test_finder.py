from __future__ import annotations

import numpy as np
import pytest

from reenact.faces import detector, finder
from reenact.faces.detector import Detection, detect, luma_of, overlap
from reenact.faces.finder import LARGEST_SIDE, find_anywhere, find_near, survey


def sure(found: list[Detection]) -> list[Detection]:
    return [each for each in found if each.is_sure]


@pytest.fixture
def face_box(portraits):
    """face_box(n, left, top, scale): where the detector finds portrait n's face at its own size, moved and scaled as `picture` draws it."""

    def box(number: int, left: float, top: float, scale: float) -> tuple[float, ...]:
        return tuple(np.array(detect(portraits[number])[0].box) * scale + np.tile((left, top), 2))

    return box


@pytest.fixture
def sizes_searched(monkeypatch) -> list[tuple[int, int]]:
    """Height and width of each picture that the detector was given."""
    given: list[tuple[int, int]] = []

    def noting(image: np.ndarray, upsampling: int = 0) -> list[Detection]:
        given.append(image.shape[:2])
        return detect(image, upsampling)

    monkeypatch.setattr(detector, "detect", noting)
    monkeypatch.setattr(finder, "detect", noting)
    return given


def test_everybody_is_found_where_they_are_best_first(portraits, picture, face_box) -> None:
    places = [(10, 30, 1.0), (330, 10, 1.2)]
    luma = luma_of(picture(700, 340, *((portraits[n], *place) for n, place in enumerate(places))))
    found = sure(find_anywhere(luma))
    assert len(found) == 2 and found[0].score >= found[1].score
    for n, place in enumerate(places):
        assert max(overlap(each.box, face_box(n, *place)) for each in found) > 0.6


@pytest.mark.parametrize("scale", [1.0, 2.5, 4.0])
def test_a_face_near_a_box_is_found_in_the_pictures_own_pixels(portraits, picture, face_box, sizes_searched, scale) -> None:
    place = (211.0, 137.0, scale)
    luma = luma_of(picture(1240, 1170, (portraits[0], *place)))
    expected = face_box(0, *place)
    moved = tuple(np.add(expected, 0.1 * (expected[2] - expected[0])))  # where it was a few frames ago
    (found,) = sure(find_near(luma, moved))
    assert overlap(found.box, expected) > 0.6
    ((height, width),) = sizes_searched
    assert height * width < 260 * 260  # a large face is looked at made smaller


def test_near_a_box_nobody_else_is_seen(portraits, picture, face_box) -> None:
    luma = luma_of(picture(700, 300, (portraits[0], 10, 20, 1), (portraits[1], 420, 20, 1)))
    (found,) = sure(find_near(luma, face_box(0, 10, 20, 1)))
    assert found.box[2] < 300
    assert sure(find_near(luma, (300.0, 100.0, 400.0, 200.0))) == []


def test_a_box_at_or_beyond_the_edge_is_searched_as_far_as_there_is_a_picture(portraits, picture, face_box) -> None:
    luma = luma_of(picture(300, 280, (portraits[0], -20, -20, 1)))
    expected = face_box(0, -20, -20, 1)
    (found,) = sure(find_near(luma, expected))
    assert overlap(found.box, expected) > 0.6
    for box in ((-400.0, -300.0, -200.0, -100.0), (500.0, 400.0, 640.0, 540.0), (50.0, 50.0, 50.0, 50.0)):
        assert sure(find_near(luma, box)) == []


def test_upsampling_finds_a_small_face_near(portraits, picture, face_box) -> None:
    place = (200.0, 150.0, 0.4)
    luma = luma_of(picture(640, 480, (portraits[0], *place)))
    expected = face_box(0, *place)
    assert expected[2] - expected[0] < 70
    assert sure(find_near(luma, expected)) == []
    (found,) = sure(find_near(luma, expected, upsampling=1))
    assert overlap(found.box, expected) > 0.6
    assert [overlap(each.box, expected) > 0.6 for each in sure(find_anywhere(luma, upsampling=1))] == [True]


def test_a_large_picture_is_searched_made_smaller_and_as_it_is_where_nobody_was_sure(portraits, picture, face_box, sizes_searched) -> None:
    large, small = (300.0, 100.0, 2.0), (900.0, 400.0, 0.55)
    luma = luma_of(picture(1920, 1080, (portraits[0], *large)))
    (found,) = sure(find_anywhere(luma))
    assert overlap(found.box, face_box(0, *large)) > 0.6
    assert sizes_searched == [(720, LARGEST_SIDE)]
    sizes_searched.clear()
    luma = luma_of(picture(1920, 1080, (portraits[0], *small)))  # too small once the picture is
    (found,) = sure(find_anywhere(luma))
    assert overlap(found.box, face_box(0, *small)) > 0.6
    assert sizes_searched == [(720, LARGEST_SIDE), (1080, 1920)]


def test_a_survey_tells_of_everybody_as_large_and_of_nobody_much_smaller(portraits, picture, face_box, sizes_searched) -> None:
    places = [(20, 20, 2.0), (560, 40, 1.8), (560, 560, 0.3)]
    luma = luma_of(picture(1100, 720, *((portraits[n], *place) for n, place in enumerate(places))))
    boxes = [face_box(n, *place) for n, place in enumerate(places)]
    found = sure(survey(luma, boxes[0][2] - boxes[0][0]))
    assert [max(overlap(each.box, box) for each in found) > 0.6 for box in boxes] == [True, True, False]
    ((height, width),) = sizes_searched
    assert height * width < 0.25 * 720 * 1100
    assert len(sure(survey(luma, boxes[2][2] - boxes[2][0]))) == 2  # the picture is never enlarged
