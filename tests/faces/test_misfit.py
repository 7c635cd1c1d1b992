"""Which detections are faces: upright heads are; heads that are turned, and what is no face, are not."""

from __future__ import annotations

import cv2
import dlib
import numpy as np
import pytest

from reenact.faces.detector import Detection, detect, luma_of
from reenact.faces.landmarks import followed_box, predict
from reenact.faces.misfit import CERTAIN_SCORE, fits_a_face, sway, turned_score
from reenact.faces.observation import MISFIT, NO_FACE
from reenact.faces.picture_faces import faces_in, faces_of, search, why_none
from reenact.faces.track import FaceTracker
from reenact.video.picture import RgbPicture
from tests.support.heads import upside_down as upside_down_head

TURNED = {
    "upside down": lambda portrait: portrait[::-1, ::-1],
    "mirrored and upside down": lambda portrait: portrait[::-1],
}
EMPTY = np.full((320, 320, 3), 90, np.uint8)


@pytest.fixture
def upright(picture) -> np.ndarray:
    return picture(320, 320, (upside_down_head()[::-1, ::-1], 32, 32, 1))


@pytest.fixture
def upside_down(picture) -> np.ndarray:
    """Of which the detector is sure, nevertheless."""
    shown = picture(320, 320, (upside_down_head(), 32, 32, 1))
    assert any(each.is_sure for each in detect(shown))
    return shown


@pytest.fixture
def drawn() -> np.ndarray:
    """Eyes, brows and a mouth in a disc: (400, 400, 3) uint8. The landmarks' mouth ends at the disc's edge."""
    canvas = np.full((400, 400), 255, np.uint8)
    cv2.circle(canvas, (200, 200), 130, 150, -1)
    cv2.circle(canvas, (200, 200), 130, 0, 4)
    for x in (150, 250):
        cv2.ellipse(canvas, (x, 165), (18, 12), 0, 0, 360, 0, -1)
        cv2.ellipse(canvas, (x, 140), (28, 10), 0, 200, 340, 0, 5)
    cv2.ellipse(canvas, (200, 230), (60, 40), 0, 20, 160, 0, 6)
    return np.repeat(canvas[..., None], 3, axis=2)


def judged(shown: np.ndarray, score: float | None = None) -> list[bool]:
    """Whether each detection in a picture, sure or not, is a face. `score`: instead of the detection's own."""
    luma = luma_of(shown)
    found = [Detection(each.box, each.score if score is None else score) for each in detect(luma)]
    return [fits_a_face(luma, each, predict(luma, each.box)) for each in found]


def reasons(shown: list[np.ndarray]) -> list[str | None]:
    return [seen.reason for seen in FaceTracker(5).follow((k, RgbPicture(image)) for k, image in enumerate(shown))]


@pytest.mark.parametrize("scale", [0.7, 1.0, 1.6])
def test_upright_faces_are_faces_however_unsure_the_detector_is(portraits, picture, scale) -> None:
    for portrait in portraits:
        shown = picture(480, 480, (portrait, 40, 40, scale))
        assert judged(shown) == [True] and judged(shown, score=0.45) == [True]
        assert judged(shown[:, ::-1].copy()) == [True], "a mirrored face is one"


@pytest.mark.parametrize("how", TURNED)
def test_what_is_found_in_a_turned_head_is_no_face(portraits, picture, how) -> None:
    found = [judged(picture(320, 320, (TURNED[how](portrait), 32, 32, 1))) for portrait in portraits]
    assert sum(map(len, found)) >= 3 and not any(map(any, found))


def test_a_turned_head_is_told_by_the_score_that_it_has_upright(upright, upside_down) -> None:
    (whole,) = detect(upright)
    sure, turned_back = detect(upside_down)[0], detect(np.ascontiguousarray(upside_down[::-1, ::-1]))[0]
    assert turned_score(luma_of(upside_down), sure.box) == pytest.approx(turned_back.score, abs=0.6)
    assert turned_score(luma_of(upright), whole.box) < 0.5 < whole.score
    for quarters in (1, 2, 3):
        x0, y0, x1, y1 = whole.box
        turned = np.ascontiguousarray(np.rot90(luma_of(upright), quarters))
        corners = {1: (y0, 319 - x1, y1, 319 - x0), 2: (319 - x1, 319 - y1, 319 - x0, 319 - y0), 3: (319 - y1, x0, 319 - y0, x1)}
        assert turned_score(turned, corners[quarters]) == pytest.approx(whole.score, abs=0.6)
    assert turned_score(np.full((300, 300), 90, np.uint8), (100.0, 100.0, 200.0, 200.0)) == -np.inf


def test_a_score_that_only_upright_faces_have_is_believed(upside_down) -> None:
    assert judged(upside_down, score=CERTAIN_SCORE)[0] and not judged(upside_down, score=CERTAIN_SCORE - 0.01)[0]


def test_a_drawing_in_which_landmarks_find_no_hold_is_no_face(drawn, upright) -> None:
    luma = luma_of(drawn)
    (found,) = search(drawn)
    assert found.is_sure and found.score > turned_score(luma, found.box)
    assert faces_in(drawn) == [] and why_none([found]) == MISFIT
    (face,) = detect(upright)
    assert sway(luma_of(upright), predict(luma_of(upright), face.box)) < 0.05 < 0.1 < sway(luma, predict(luma, found.box))


def test_landmarks_in_one_point_fit_nothing(upright) -> None:
    (face,) = detect(upright)
    assert not fits_a_face(luma_of(upright), Detection(face.box, 0.2), np.full((68, 2), 150, np.float32))


def test_of_a_still_picture_only_upright_faces_count(portraits, picture, upside_down) -> None:
    found = search(upside_down)
    assert faces_of(upside_down, found) == [] and why_none(found) == MISFIT
    assert why_none(search(EMPTY)) == NO_FACE
    beside = np.concatenate([upside_down, picture(320, 320, (portraits[0], 32, 32, 1))], axis=1)
    (face,) = faces_in(beside)
    assert face.landmarks[:, 0].min() > 320


def test_a_clip_that_is_upside_down_has_no_face_to_follow(upside_down) -> None:
    assert reasons([upside_down] * 23) == [MISFIT] * 23


def test_a_picture_that_is_turned_and_turned_back_is_left_out_meanwhile(upright, upside_down) -> None:
    for away in (7, 30):
        assert reasons([upright] * 12 + [upside_down] * away + [upright] * 12) == [None] * 12 + [MISFIT] * away + [None] * 12
    assert reasons([upside_down] * 13 + [upright] * 12) == [MISFIT] * 13 + [None] * 12
    assert reasons([upside_down] * 13 + [EMPTY] * 12) == [MISFIT] * 13 + [NO_FACE] * 12


def swayed(luma: np.ndarray, landmarks: np.ndarray) -> float:
    """The stated measure: the median way of all landmarks for a box that is 0.08 of its side to the right, left, below and above."""
    x0, y0, x1, y1 = followed_box(landmarks)
    step = 0.08 * (x1 - x0)
    boxes = [(x0 + a, y0 + b, x1 + a, y1 + b) for a, b in ((step, 0), (-step, 0), (0, step), (0, -step))]
    ways = [np.hypot(*(predict(luma, box) - landmarks).T) for box in boxes]
    centred = landmarks - landmarks.mean(axis=0)
    return float(np.median(ways) / np.sqrt((np.hypot(*centred.T) ** 2).mean()))


def test_the_sway_is_the_median_way_in_parts_of_the_spread(drawn, upright) -> None:
    for shown in (luma_of(drawn), luma_of(upright)):
        landmarks = predict(shown, detect(shown)[0].box)
        assert sway(shown, landmarks) == pytest.approx(swayed(shown, landmarks), rel=1e-4)


def test_below_a_score_of_two_fifths_landmarks_may_sway_by_a_tenth(upright) -> None:
    """Of a face whose landmarks are set off more and more, from both sides of that."""
    luma = luma_of(upright)
    (face,) = detect(luma)
    landmarks = predict(luma, face.box)
    turned = turned_score(luma, face.box)
    assert turned < 0.39
    off = [landmarks + np.array([pixels, 0], np.float32) for pixels in np.arange(0, 8, 0.25)]
    sways = np.array([swayed(luma, each) for each in off])
    little, much = off[np.flatnonzero(sways < 0.099)[-1]], off[np.flatnonzero(sways > 0.101)[0]]
    assert sways.min() < 0.099 and swayed(luma, little) > 0.08 and swayed(luma, much) < 0.12
    assert fits_a_face(luma, Detection(face.box, 0.39), little) and not fits_a_face(luma, Detection(face.box, 0.39), much)
    assert fits_a_face(luma, Detection(face.box, 0.4), much)


def test_twice_the_box_is_turned_at_220_pixels_and_must_score_more(portraits, picture) -> None:
    """About a box of 110 pixels that is a cut-out of the picture's own pixels, which dlib is shown."""
    tilt = cv2.getRotationMatrix2D((200, 200), 40, 1)  # which dlib is less sure of
    luma = cv2.warpAffine(luma_of(picture(400, 400, (portraits[0][::-1], 70, 60, 1))), tilt, (400, 400), borderValue=90)
    left, top = 88, 90
    box = (left + 54.5, top + 54.5, left + 164.5, top + 164.5)
    part = luma[top : top + 220, left : left + 220]
    found = [
        score for k in (1, 2, 3) for score in dlib.get_frontal_face_detector().run(np.ascontiguousarray(np.rot90(part, k)), 0, -0.5)[1]
    ]
    assert found and turned_score(luma, box) == max(found)
    landmarks, best = predict(luma, box), max(found)
    assert 0.4 < best < 1.5
    assert fits_a_face(luma, Detection(box, best), landmarks) and not fits_a_face(luma, Detection(box, best - 1e-6), landmarks)
