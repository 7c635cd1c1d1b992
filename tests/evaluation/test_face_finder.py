"""One rule finds the face in real frames and in results, whatever their size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from reenact.evaluation.face_finder import find_faces
from reenact.faces.detector import detect_scaled
from tests.support.sitters import Sitter

SIDES = (64, 256, 512)
# Parts of the picture's side between what is found in a picture and in the same picture at 256 pixels: of a face's 68 points on average,
# and of any. The face is about half as wide as the picture.
CLOSE, CLOSE_AT_ALL = 0.008, 0.03


@pytest.fixture(scope="module")
def portraits() -> list[np.ndarray]:
    """Rendered people (512, 512, 3), each turned and speaking in another way."""
    poses = {"b": 8.0, "c": -12.0, "e": 4.0, "f": 0.0}
    return [Sitter(name, 512).picture(yaw, jawOpen=0.3) for name, yaw in poses.items()]


@pytest.fixture(scope="module")
def face(portraits: list[np.ndarray]) -> np.ndarray:
    """Landmarks (68, 2) of the first of them at 256 pixels."""
    return find_faces(at_side(portraits[0], 256)[None], None)[0][0]


def at_side(picture: np.ndarray, side: int) -> np.ndarray:
    return picture if side == len(picture) else cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def blank(count: int = 1, side: int = 256) -> np.ndarray:
    """Pictures without a face."""
    return np.full((count, side, side, 3), 120, np.uint8)


def test_a_face_is_found_in_the_same_place_at_any_size(portraits):
    for picture in portraits:
        points = {}
        for side in SIDES:
            landmarks, found = find_faces(at_side(picture, side)[None], None)
            assert found.tolist() == [True] and landmarks.shape == (1, 68, 2) and landmarks.dtype == np.float32
            points[side] = (landmarks[0] + 0.5) / side
        for side in (64, 512):
            apart = np.linalg.norm(points[side] - points[256], axis=1)
            assert apart.mean() < CLOSE and apart.max() < CLOSE_AT_ALL, side


def test_the_landmarks_are_where_the_head_was_rendered(portraits):
    """Within 3 % of the picture's side on average: the true points of a rendered head, projected."""
    sitter = Sitter("f", 512)
    weights = np.zeros((1, 51))
    true = sitter.figure.model.landmarks(sitter.figure.shape, weights, np.zeros((1, 3)), sitter.camera)[0]
    found, _ = find_faces(sitter.picture()[None], None)
    assert np.linalg.norm(found[0] - true, axis=1).mean() < 0.03 * 512


def test_a_face_that_is_seen_is_found_wherever_the_driver_is(portraits, face):
    picture = at_side(portraits[0], 256)[None]
    landmarks, found = find_faces(picture, face[None] * 0.2)
    assert found.tolist() == [True]
    np.testing.assert_array_equal(landmarks[0], face)


def pasted(canvas: np.ndarray, portrait: np.ndarray, width: int, left: int, top: int) -> None:
    """Put the middle of a portrait, with the face, into a picture; the face is about two thirds as wide."""
    middle = cv2.resize(portrait[64:448, 64:448], (width, width), interpolation=cv2.INTER_AREA)
    canvas[top : top + width, left : left + width] = middle


@pytest.mark.parametrize("is_first_larger", [True, False])
def test_of_two_faces_the_larger_is_read_though_the_other_is_clearer(portraits, is_first_larger):
    picture = np.full((512, 512, 3), 120, np.uint8)
    large, small = portraits[1::2] if is_first_larger else portraits[1::-1]
    pasted(picture, cv2.GaussianBlur(large, (0, 0), 6), 290, 0, 0)
    pasted(picture, small, 222, 290, 290)
    seen = [each for each in detect_scaled(picture, 0.5) if each.is_sure]
    assert len(seen) == 2 and seen[0].box[0] > 250, "the small face must have the better score"
    landmarks, found = find_faces(picture[None], None)
    assert found.tolist() == [True] and landmarks[0].max() < 290


def test_a_picture_of_nothing_has_the_landmarks_that_stand_in_for_it(face):
    stand_in = np.stack([face * 0.5 + shift for shift in ((10, 10), (110, 30), (60, 100))])
    landmarks, found = find_faces(blank(3), stand_in)
    assert found.tolist() == [False] * 3 and landmarks.dtype == np.float32
    np.testing.assert_array_equal(landmarks, stand_in.astype(np.float32))


def test_half_a_face_that_the_detector_is_not_sure_of_is_read_where_it_is_seen(portraits, face):
    """It is counted as not found, and still what the picture shows counts, not what stands in for it."""
    picture = at_side(portraits[0], 256).copy()
    picture[:, :144] = 120
    (seen,) = detect_scaled(picture, 1.0)
    assert not seen.is_sure
    landmarks, found = find_faces(picture[None], face[None] * 0.4 + 5)
    assert found.tolist() == [False]
    assert np.linalg.norm(landmarks[0].mean(axis=0) - face.mean(axis=0)) < 0.15 * np.ptp(face[:, 0])


def test_one_place_can_stand_for_all_pictures(face):
    one, _ = find_faces(blank(3), face[None])
    each, _ = find_faces(blank(3), np.repeat(face[None], 3, axis=0))
    np.testing.assert_array_equal(one, each)


def test_where_nobody_knows_of_a_face_the_whole_picture_is_searched():
    landmarks, found = find_faces(blank(1, 64), None)
    assert found.tolist() == [False]
    assert landmarks.min() > -16 and landmarks.max() < 80 and np.ptp(landmarks[0], axis=0).min() > 24


def test_each_picture_is_read_by_itself(portraits, face):
    pictures = np.stack([at_side(portraits[0], 256), blank()[0], at_side(portraits[2], 256)])
    landmarks, found = find_faces(pictures, face[None])
    assert found.tolist() == [True, False, True]
    for place, picture in enumerate(pictures):
        np.testing.assert_array_equal(landmarks[place], find_faces(picture[None], face[None])[0][0])
