from __future__ import annotations

import numpy as np
import pytest

from reenact.faces import track
from reenact.faces.detector import detect
from reenact.faces.landmarks import predict
from reenact.faces.reasons import NO_FACE, TRACK_LOST
from reenact.faces.track import FaceTracker, Observation, is_plausible

EMPTY = np.full((300, 620, 3), 90, np.uint8)


def follow(images: list[np.ndarray], detect_every: int = 10) -> list[Observation]:
    seen = list(FaceTracker(detect_every).follow(enumerate(images)))
    assert [o.frame for o in seen] == list(range(len(images)))
    assert all((o.landmarks is None) == (o.reason is not None) for o in seen)
    return seen


def middles(seen: list[Observation]) -> np.ndarray:
    return np.array([o.landmarks.mean(axis=0) for o in seen])


def runs_of_detector(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    runs: list[np.ndarray] = []
    monkeypatch.setattr(track, "detect", lambda image, upsampling=0: (runs.append(image), detect(image, upsampling))[1])
    return runs


def test_a_moving_face_is_followed_between_detections(portraits, picture, monkeypatch) -> None:
    runs = runs_of_detector(monkeypatch)
    images = [picture(620, 300, (portraits[0], 20 + 6 * k, 20 + k % 3, 1)) for k in range(35)]
    seen = follow(images)
    assert [o.frame for o in seen if not np.isnan(o.score)] == [0, 10, 20, 30, 34]
    assert len(runs) == 5
    assert all(o.reason is None for o in seen)
    assert np.allclose(np.diff(middles(seen)[:, 0]), 6, atol=3)
    for o in seen[::7]:
        independent = predict(images[o.frame], detect(images[o.frame])[0].box)
        assert np.linalg.norm(o.landmarks - independent, axis=1).mean() < 4  # the face is 140 pixels wide


def test_a_clip_without_a_face(monkeypatch) -> None:
    runs = runs_of_detector(monkeypatch)
    seen = follow([EMPTY] * 25)
    assert [o.reason for o in seen] == [NO_FACE] * 25
    assert len(runs) == 4  # frames 0, 10, 20 and 24


def test_the_larger_and_more_central_of_two_is_followed_throughout(portraits, picture) -> None:
    images = [picture(620, 300, (portraits[0], 20 - k, 10, 0.75), (portraits[1], 280 + k, 10, 1.05)) for k in range(25)]
    seen = follow(images)
    assert (middles(seen)[:, 0] > 300).all()
    assert all(o.several for o in seen if not np.isnan(o.score))


def test_a_face_that_leaves_is_not_seen_where_it_was(portraits, picture) -> None:
    face = picture(620, 300, (portraits[0], 150, 20, 1))
    seen = follow([face] * 14 + [EMPTY] * 20)
    assert [o.reason for o in seen] == [None] * 14 + [NO_FACE] * 20


def test_a_face_that_comes_is_seen_from_its_first_frame(portraits, picture) -> None:
    face = picture(620, 300, (portraits[0], 150, 20, 1))
    seen = follow([EMPTY] * 14 + [face] * 20)
    assert [o.reason for o in seen] == [NO_FACE] * 14 + [None] * 20


def test_after_a_gap_the_same_place_goes_on_and_another_is_lost(portraits, picture) -> None:
    here, there = (picture(620, 300, (portraits[0], left, 20, 1)) for left in (10, 350))
    same = follow([here] * 12 + [EMPTY] * 12 + [here] * 12)
    assert [o.reason for o in same] == [None] * 12 + [NO_FACE] * 12 + [None] * 12
    moved = follow([here] * 12 + [EMPTY] * 12 + [there] * 12)
    assert [o.reason for o in moved] == [None] * 12 + [NO_FACE] * 12 + [TRACK_LOST] * 12


def test_a_cut_to_a_face_elsewhere_loses_the_track_on_that_frame_and_for_good(portraits, picture) -> None:
    here = picture(620, 300, (portraits[0], 10, 20, 1))
    there = picture(620, 300, (portraits[1], 350, 20, 1))
    seen = follow([here] * 15 + [there] * 40 + [here] * 5)
    assert [o.reason for o in seen] == [None] * 15 + [TRACK_LOST] * 45


def test_a_face_hidden_for_a_moment_beside_another_is_taken_up_again(portraits, picture) -> None:
    both = picture(620, 300, (portraits[0], 10, 20, 1), (portraits[1], 350, 20, 0.8))
    other = picture(620, 300, (portraits[1], 350, 20, 0.8))
    seen = follow([both] * 15 + [other] * 10 + [both] * 10)
    assert [o.reason for o in seen] == [None] * 15 + [TRACK_LOST] * 10 + [None] * 10
    assert (middles([o for o in seen if o.reason is None])[:, 0] < 300).all()


def test_a_leap_between_detections_brings_the_detector_in_at_once(portraits, picture, monkeypatch) -> None:
    runs = runs_of_detector(monkeypatch)
    images = [picture(620, 300, (portraits[0], 100 + 70 * (k >= 5), 20, 1)) for k in range(11)]
    seen = follow(images)
    assert len(runs) == 11
    assert np.allclose(middles(seen)[5:, 0] - middles(seen)[:5, 0].mean(), 70, atol=4)


def test_few_images_are_held(portraits, picture) -> None:
    image = picture(620, 300, (portraits[0], 100, 20, 1))
    pulled = 0

    def frames():
        nonlocal pulled
        for k in range(30):
            pulled += 1
            yield k, image

    for n, _ in enumerate(FaceTracker(5).follow(frames()), start=1):
        assert pulled - n < 5


def test_what_is_plausible_from_one_frame_to_the_next(portraits) -> None:
    landmarks = predict(portraits[0], detect(portraits[0])[0].box)
    middle = landmarks.mean(0)
    turned = (landmarks - middle) @ np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]) + middle
    assert is_plausible(landmarks, turned + 3)
    assert not is_plausible(landmarks, landmarks + 60)
    assert not is_plausible(landmarks, (landmarks - middle) * 1.4 + middle)
    shuffled = landmarks[np.random.default_rng(1).permutation(68)]
    assert not is_plausible(landmarks, shuffled)
    assert not is_plausible(landmarks, np.broadcast_to(middle, (68, 2)))
