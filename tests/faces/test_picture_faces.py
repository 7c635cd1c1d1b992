from __future__ import annotations

import cv2
import numpy as np
import pytest

from reenact.faces import picture_faces
from reenact.faces.detector import detect, detect_scaled
from reenact.faces.picture_faces import LARGEST_SIDE, faces_in, search


@pytest.fixture
def searches(monkeypatch) -> list[float]:
    """The scale of each run of the detector."""
    runs: list[float] = []
    monkeypatch.setattr(picture_faces, "detect_scaled", lambda image, scale: (runs.append(scale), detect_scaled(image, scale))[1])
    return runs


def test_a_large_pictures_faces_are_found_at_their_place_in_it(portraits, picture, searches) -> None:
    small = picture(640, 400, (portraits[0], 300, 60, 1))
    (expected,) = faces_in(small)
    large = cv2.resize(small, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert max(large.shape) == 2 * LARGEST_SIDE
    (found,) = faces_in(large)
    assert np.allclose(np.array(found.detection.box) / 4, expected.detection.box, atol=0.12 * 150)  # the detector's steps
    # Pixel u of the small picture has its middle at 4 u + 1.5 of the large one.
    assert np.linalg.norm(found.landmarks - (4 * expected.landmarks + 1.5), axis=1).mean() < 4 * 3
    assert searches == [1, 0.5]


def test_faces_from_left_to_right(portraits, picture) -> None:
    found = faces_in(picture(900, 300, (portraits[1], 600, 10, 1), (portraits[0], 10, 10, 1), (portraits[2], 300, 10, 1)))
    middles = [face.landmarks[:, 0].mean() for face in found]
    assert len(found) == 3 and middles == sorted(middles)


def test_small_faces_are_found_by_a_second_search(portraits, picture, searches) -> None:
    shown = picture(300, 200, (portraits[0], 100, 50, 0.4))
    assert not any(each.is_sure for each in detect(shown))
    (face,) = faces_in(shown)
    assert searches == [1, 2]
    assert face.landmarks[:, 0].min() > 100 and face.landmarks[:, 0].max() < 100 + 0.4 * 256


def test_unsure_detections_are_told_but_are_no_faces(portraits, picture, monkeypatch) -> None:
    shown = picture(620, 300, (portraits[0], 20, 20, 1), (portraits[1], 330, 20, 1))
    scores = [each.score for each in search(shown)]
    monkeypatch.setattr("reenact.faces.detector.NEW_FACE_SCORE", sum(scores) / 2)  # between the two
    assert len(scores) == 2 and len(search(shown)) == 2
    (face,) = faces_in(shown)
    assert face.detection.score == max(scores)
