from __future__ import annotations

import cv2
import dlib
import numpy as np
import pytest

from reenact.faces.detector import detect, luma_of, overlap
from reenact.faces.landmarks import _predictor, followed_box, predict


def spread(landmarks: np.ndarray) -> float:
    return float(np.sqrt(((landmarks - landmarks.mean(0)) ** 2).sum(1).mean()))


def test_dlibs_own_landmarks_come_out(portraits) -> None:
    box = detect(portraits[0])[0].box
    rectangle = dlib.rectangle(*(round(v + 0.5) for v in box[:2]), *(round(v - 0.5) for v in box[2:]))
    shape = _predictor()(portraits[0], rectangle)
    expected = np.array([(p.x, p.y) for p in shape.parts()])
    ours = predict(portraits[0], box)
    assert ours.shape == (68, 2)
    assert ours.dtype == np.float32
    distance = np.linalg.norm(ours - expected, axis=1)
    assert distance.mean() < 0.02 * spread(expected)


def test_landmarks_lie_on_the_face_from_the_viewers_left_to_right(portraits) -> None:
    landmarks = predict(portraits[0], detect(portraits[0])[0].box)
    left_eye, right_eye, mouth = landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[48:].mean(0)
    assert left_eye[0] < mouth[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < mouth[1] < landmarks[8, 1]


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5])
def test_landmarks_move_and_grow_with_the_picture(portraits, picture, scale) -> None:
    plain = picture(256, 256, (portraits[0], 0, 0, 1))
    box = followed_box(predict(plain, detect(plain)[0].box))
    expected = predict(plain, box) * scale + (37.25, 21.5)
    moved = picture(700, 700, (portraits[0], 37.25, 21.5, scale))
    moved_box = tuple(np.array(box) * scale + (37.25, 21.5, 37.25, 21.5))
    distance = np.linalg.norm(predict(moved, moved_box) - expected, axis=1)
    assert distance.mean() < 0.025 * spread(expected)


def test_small_faces_get_landmarks_between_the_pixels(portraits, picture) -> None:
    small = picture(128, 128, (portraits[0], 0, 0, 0.4))
    landmarks = predict(small, (18, 29, 67, 78))
    assert np.abs(landmarks - landmarks.round()).max() > 0.3


def test_a_box_at_the_edge_or_outside_still_gives_points(portraits) -> None:
    for box in ((-60.0, -40.0, 80.0, 100.0), (200.0, 200.0, 300.0, 300.0), (400.0, 400.0, 500.0, 500.0)):
        assert np.isfinite(predict(portraits[0], box)).all()


def test_the_followed_box_is_like_the_detectors(portraits) -> None:
    for portrait in portraits:
        detected = detect(portrait)[0].box
        assert overlap(followed_box(predict(portrait, detected)), detected) > 0.65


def test_following_a_still_face_does_not_drift(portraits) -> None:
    start = landmarks = predict(portraits[0], detect(portraits[0])[0].box)
    for _ in range(100):
        landmarks = predict(portraits[0], followed_box(landmarks))
    assert np.linalg.norm(landmarks - start, axis=1).mean() < 0.03 * spread(start)


def by_dlib(luma: np.ndarray, edges: tuple[int, int, int, int]) -> np.ndarray:
    return np.array([(p.x, p.y) for p in _predictor()(luma, dlib.rectangle(*edges)).parts()], float)


def test_a_box_of_256_pixels_is_dlibs_own_and_one_of_128_that_of_the_doubled_picture(portraits) -> None:
    """The larger of the box's two sides decides; pixel u of the picture has its middle at 2 u + 0.5 of the doubled one."""
    luma = luma_of(cv2.resize(portraits[0], (640, 640), interpolation=cv2.INTER_CUBIC))
    np.testing.assert_array_equal(predict(luma, (179.5, 199.5, 435.5, 439.5)), by_dlib(luma, (180, 200, 435, 439)))
    doubled = cv2.resize(luma, (1280, 1280), interpolation=cv2.INTER_LINEAR)
    found = by_dlib(doubled, (2 * 220, 2 * 240, 2 * 340 + 1, 2 * 367 + 1))
    np.testing.assert_allclose(predict(luma, (219.5, 239.5, 340.5, 367.5)), (found - 0.5) / 2, atol=1e-4)
