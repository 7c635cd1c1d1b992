from __future__ import annotations

import cv2
import numpy as np
import pytest

from reenact.config.schema import Params
from reenact.face3d.headmodel import head_model
from reenact.faces import detector, finder
from reenact.faces.cuts import IS_CUT, MAY_BE_CUT, SAME_FACE_DISTANCE, SAME_PERSON_DISTANCE, Likeness, Sighting, likeness
from reenact.faces.detector import detect
from reenact.faces.landmarks import is_plausible_move, predict
from reenact.faces.observation import ANOTHER_FACE, NO_FACE, Observation
from reenact.faces.track import CHECKS_A_SURVEY, FaceTracker
from reenact.synthetic.portraits import neutral_portrait
from reenact.video.picture import RgbPicture

EMPTY = np.full((300, 620, 3), 90, np.uint8)


def follow(images: list[np.ndarray], detect_every: int = 10, **given) -> list[Observation]:
    """Each image is a frame of its own, even where it is the same."""
    seen = list(FaceTracker(detect_every, **given).follow((k, RgbPicture(image)) for k, image in enumerate(images)))
    assert [o.frame for o in seen] == list(range(len(images)))
    assert all((o.landmarks is None) == (o.reason is not None) for o in seen)
    return seen


def middles(seen: list[Observation]) -> np.ndarray:
    return np.array([o.landmarks.mean(axis=0) for o in seen])


def reasons(seen: list[Observation]) -> list[str | None]:
    return [o.reason for o in seen]


@pytest.fixture
def searched(monkeypatch) -> list[int]:
    """The number of pixels of each picture that the detector was given."""
    runs: list[int] = []

    def counting(image: np.ndarray, upsampling: int = 0) -> list[detector.Detection]:
        runs.append(image.shape[0] * image.shape[1])
        return detect(image, upsampling)

    monkeypatch.setattr(detector, "detect", counting)
    monkeypatch.setattr(finder, "detect", counting)
    return runs


def test_a_moving_face_is_followed_between_detections(portraits, picture, searched) -> None:
    images = [picture(620, 300, (portraits[0], 20 + 6 * k, 20 + k % 3, 1)) for k in range(35)]
    seen = follow(images)
    assert [o.frame for o in seen if not np.isnan(o.score)] == [0, 10, 20, 30, 34]
    assert reasons(seen) == [None] * 35 and {o.part for o in seen} == {0}
    assert np.allclose(np.diff(middles(seen)[:, 0]), 6, atol=3)
    for o in seen[::7]:
        independent = predict(images[o.frame], detect(images[o.frame])[0].box)
        assert np.linalg.norm(o.landmarks - independent, axis=1).mean() < 4  # the face is 140 pixels wide
    # The whole picture once at full size, then four looks near the face.
    assert len(searched) == 1 + 4
    assert searched[0] == 300 * 620 and max(searched[1:]) < 0.3 * 300 * 620


def test_a_clip_without_a_face(searched) -> None:
    assert reasons(follow([EMPTY] * 25)) == [NO_FACE] * 25
    assert sum(size == 300 * 620 for size in searched) <= 4  # frames 0, 10, 20 and 24; all others made smaller


def test_the_larger_and_more_central_of_two_is_followed_throughout(portraits, picture) -> None:
    images = [picture(620, 300, (portraits[0], 20 - k, 10, 0.75), (portraits[1], 280 + k, 10, 1.05)) for k in range(25)]
    seen = follow(images)
    assert (middles(seen)[:, 0] > 300).all()
    assert seen[0].several


def test_people_who_come_later_are_told_of(portraits, picture) -> None:
    alone = picture(620, 300, (portraits[0], 10, 20, 1))
    both = picture(620, 300, (portraits[0], 10, 20, 1), (portraits[1], 350, 20, 1))
    seen = follow([alone] * 3 + [both] * (10 * CHECKS_A_SURVEY + 10))
    # Every fifth check of the followed face, that is every fiftieth frame, and the checks after it say so.
    assert [o.frame for o in seen if o.several] == [50, 60, 62]
    assert reasons(seen) == [None] * len(seen) and (middles(seen)[:, 0] < 300).all()


def test_a_given_box_says_whom_to_follow_and_when(portraits, picture) -> None:
    both = picture(620, 300, (portraits[0], 20, 10, 0.75), (portraits[1], 280, 10, 1.05))
    boxes = {k: (60.0, 50.0, 170.0, 160.0) for k in range(18)}
    seen = follow([both] * 24, boxes=boxes)
    assert reasons(seen) == [None] * 18 + [NO_FACE] * 6
    assert (middles(seen[:18])[:, 0] < 250).all()


def test_a_face_that_leaves_is_not_seen_where_it_was(portraits, picture) -> None:
    face = picture(620, 300, (portraits[0], 150, 20, 1))
    assert reasons(follow([face] * 14 + [EMPTY] * 20)) == [None] * 14 + [NO_FACE] * 20


def test_a_face_that_comes_is_seen_from_its_first_frame(portraits, picture) -> None:
    face = picture(620, 300, (portraits[0], 150, 20, 1))
    assert reasons(follow([EMPTY] * 14 + [face] * 20)) == [NO_FACE] * 14 + [None] * 20


@pytest.mark.parametrize("gap", [6, 12, 40])
def test_the_same_person_is_taken_up_again_after_any_gap_where_it_was_or_elsewhere(portraits, picture, gap) -> None:
    here, there = (picture(620, 300, (portraits[0], left, 20, 1)) for left in (10, 350))
    same = follow([here] * 12 + [EMPTY] * gap + [here] * 12)
    assert reasons(same) == [None] * 12 + [NO_FACE] * gap + [None] * 12
    moved = follow([here] * 12 + [EMPTY] * gap + [there] * 12)
    assert reasons(moved) == [None] * 12 + [NO_FACE] * gap + [None] * 12
    assert [o.part for o in moved if o.reason is None] == [0] * 12 + [1] * 12


def test_a_cut_to_the_same_person_elsewhere_begins_another_part_on_that_frame(portraits, picture) -> None:
    here, there = picture(620, 300, (portraits[0], 10, 20, 1)), picture(620, 300, (portraits[0], 330, 10, 0.9))
    seen = follow([here] * 15 + [there] * 20)
    assert reasons(seen) == [None] * 35
    assert [o.part for o in seen] == [0] * 15 + [1] * 20
    assert (middles(seen[15:])[:, 0] > 300).all()


def test_a_cut_to_another_person_ends_the_part_until_the_first_comes_back(portraits, picture) -> None:
    here = picture(620, 300, (portraits[0], 10, 20, 1))
    there = picture(620, 300, (portraits[1], 350, 20, 1))
    seen = follow([here] * 15 + [there] * 40 + [here] * 15)
    assert reasons(seen) == [None] * 15 + [ANOTHER_FACE] * 40 + [None] * 15
    assert [o.part for o in seen if o.reason is None] == [0] * 15 + [1] * 15


def test_another_person_at_the_very_same_place_is_not_followed(portraits, picture) -> None:
    one, other = (picture(620, 300, (portrait, 150, 20, 1)) for portrait in (portraits[0], portraits[1]))
    seen = follow([one] * 15 + [other] * 25)
    assert reasons(seen) == [None] * 15 + [ANOTHER_FACE] * 25
    assert not any(o.several for o in seen)
    two = picture(620, 300, (portraits[1], 20, 20, 1), (portraits[1], 330, 20, 1))
    seen = follow([one] * 5 + [two] * 4)
    assert reasons(seen) == [None] * 5 + [ANOTHER_FACE] * 4 and [o.several for o in seen] == [False] * 5 + [True] * 4


def test_a_flash_divides_nothing(portraits, picture) -> None:
    plain = picture(620, 300, (portraits[0], 150, 20, 1))
    flash = np.clip(plain.astype(int) * 2, 0, 255).astype(np.uint8)
    seen = follow([plain] * 15 + [flash] + [plain] * 14)
    assert reasons(seen) == [None] * 30 and {o.part for o in seen} == {0}


@pytest.mark.parametrize("at", [13, 20])  # between two detections, and on one
def test_a_single_stray_picture_is_not_taken_for_the_face_where_it_was(portraits, picture, at) -> None:
    here = picture(620, 300, (portraits[0], 10, 20, 1))
    strays = {
        NO_FACE: [EMPTY, picture(620, 300, (portraits[0], 350, 20, 1))],
        ANOTHER_FACE: [picture(620, 300, (portraits[1], 10, 20, 1))],
    }
    for reason, stray in ((reason, each) for reason, pictures in strays.items() for each in pictures):
        seen = follow([here] * at + [stray] + [here] * 14)
        assert reasons(seen) == [None] * at + [reason] + [None] * 14 and {o.part for o in seen} == {0}
        assert np.ptp(middles([o for o in seen if o.reason is None])[:, 0]) < 2


def test_a_face_that_is_larger_for_two_frames_of_a_scene_is_seen_so(picture) -> None:
    """As in a zoom that is cut in: the landmarks of no frame are those of another. Before a busy wall they may hold to the smaller face."""
    calm = neutral_portrait(Params(), head_model().person(3), "person 3")
    scene = np.random.default_rng(1).integers(0, 255, (15, 31, 3), np.uint8).repeat(40, 0).repeat(40, 1)
    images = []
    for k in range(20):
        images.append(scene.copy())
        images[-1][150:450, 300:920] = picture(620, 300, (calm, 150, 20, 1.5 if 13 <= k < 15 else 1))
    assert likeness(images[12].mean(2).astype(np.uint8), images[13].mean(2).astype(np.uint8)) > MAY_BE_CUT
    widths = np.array([np.ptp(o.landmarks[:, 0]) for o in follow(images)])
    assert np.allclose(widths / widths[0], [1.5 if 13 <= k < 15 else 1 for k in range(20)], atol=0.1)


def test_a_face_hidden_for_a_moment_beside_another_is_taken_up_again(portraits, picture) -> None:
    both = picture(620, 300, (portraits[0], 10, 20, 1), (portraits[1], 350, 20, 0.8))
    other = picture(620, 300, (portraits[1], 350, 20, 0.8))
    seen = follow([both] * 15 + [other] * 10 + [both] * 10)
    assert reasons(seen) == [None] * 15 + [ANOTHER_FACE] * 10 + [None] * 10
    assert (middles([o for o in seen if o.reason is None])[:, 0] < 300).all()


def test_a_leap_between_detections_is_seen_on_its_frame(portraits, picture) -> None:
    images = [picture(620, 300, (portraits[0], 100 + 70 * (k >= 5), 20, 1)) for k in range(11)]
    seen = follow(images)
    assert np.allclose(middles(seen)[5:, 0] - middles(seen)[:5, 0].mean(), 70, atol=4)


def test_a_picture_shown_twice_is_looked_at_once(portraits, picture) -> None:
    once = [RgbPicture(picture(620, 300, (portraits[0], 100 + 8 * k, 20, 1))) for k in range(12)]
    seen = list(FaceTracker(10).follow((k, once[k // 2]) for k in range(24)))
    assert reasons(seen) == [None] * 24
    assert all(np.array_equal(seen[k].landmarks, seen[k + 1].landmarks) for k in range(2, 8, 2))


@pytest.mark.parametrize("at", range(12, 22, 3))
def test_a_face_that_shows_for_a_moment_after_a_long_absence_is_seen(portraits, picture, at) -> None:
    face = picture(620, 300, (portraits[0], 150, 20, 1))
    shown = [EMPTY] * 60
    shown[at + 18 : at + 23] = [face] * 5
    assert reasons(follow([face] * 12 + shown)) == [None] * 12 + [None if image is face else NO_FACE for image in shown]


def test_a_dissolve_to_another_person_ends_the_part(portraits, picture) -> None:
    one, other = (picture(620, 300, (portrait, 150, 20, 1)).astype(float) for portrait in portraits[:2])
    mixed = [((1 - share) * one + share * other).astype(np.uint8) for share in np.linspace(0, 1, 15)]
    seen = follow([mixed[0]] * 15 + mixed + [mixed[-1]] * 25)
    assert reasons(seen)[:15] == [None] * 15 and reasons(seen)[-20:] == [ANOTHER_FACE] * 20


def test_a_cut_that_leaves_the_face_in_its_place_begins_another_part(portraits, picture) -> None:
    face = picture(620, 300, (portraits[0], 180, 20, 1))
    wall = np.tile(np.linspace(0, 255, 620).astype(np.uint8)[None, :, None], (300, 1, 3))
    first, second = np.where(face == 90, wall, face), np.where(face == 90, 255 - wall, face)
    seen = follow([first] * 14 + [second] * 16)
    assert reasons(seen) == [None] * 30
    assert [o.part for o in seen] == [0] * 14 + [1] * 16
    flash = follow([first] * 14 + [second] + [first] * 15)
    assert reasons(flash) == [None] * 30 and {o.part for o in flash} == {0}


def test_of_two_faces_in_a_given_box_the_one_that_it_fits_is_followed(portraits, picture) -> None:
    both = picture(620, 300, (portraits[0], 60, 40, 0.75), (portraits[1], 190, 20, 1.0))
    ours = next(d for d in detect(both) if d.box[0] < 200)
    width, height = ours.box[2] - ours.box[0], ours.box[3] - ours.box[1]
    wide = (ours.box[0] - 0.2 * width, ours.box[1] - 0.2 * height, ours.box[2] + 0.2 * width, ours.box[3] + 0.2 * height)
    seen = follow([both] * 15, boxes=dict.fromkeys(range(15), wide))
    assert reasons(seen) == [None] * 15 and (middles(seen)[:, 0] < 220).all()


def test_few_pictures_are_held(portraits, picture) -> None:
    image = picture(620, 300, (portraits[0], 100, 20, 1))
    pulled = 0

    def frames():
        nonlocal pulled
        for k in range(30):
            pulled += 1
            yield k, RgbPicture(image)

    for n, _ in enumerate(FaceTracker(5).follow(frames()), start=1):
        assert pulled - n < 5


def test_what_looks_like_a_cut(portraits, picture) -> None:
    first = RgbPicture(picture(620, 300, (portraits[0], 100, 20, 1))).luma()
    moved = RgbPicture(picture(620, 300, (portraits[0], 106, 23, 1))).luma()
    elsewhere = RgbPicture(picture(620, 300, (portraits[1], 330, 20, 0.9))).luma()
    assert likeness(first, first) == pytest.approx(1)
    assert likeness(first, moved) > MAY_BE_CUT and likeness(first, (first * 0.6).astype(np.uint8)) > MAY_BE_CUT
    assert likeness(first, elsewhere) < IS_CUT and likeness(first, np.full_like(first, 90)) < IS_CUT


def test_a_likeness_tells_people_apart(portraits, picture) -> None:
    def sighting(person: int, gain: float) -> Sighting:
        image = cv2.convertScaleAbs(picture(300, 300, (portraits[person], 20, 20, 1)), alpha=gain)
        found = detect(image)[0]
        return Sighting(RgbPicture(image), predict(image, found.box), found.score)

    known = Likeness()
    assert known.fits(sighting(0, 1.0))  # nobody is known yet
    first = sighting(0, 1.0)
    known.remember(first, first.picture.luma())
    assert known.fits(sighting(0, 0.8)) and not known.fits(sighting(1, 1.0))
    assert SAME_FACE_DISTANCE < SAME_PERSON_DISTANCE <= 0.6  # dlib's own, for photographs of different days


def test_what_is_plausible_from_one_frame_to_the_next(portraits) -> None:
    landmarks = predict(portraits[0], detect(portraits[0])[0].box)
    middle = landmarks.mean(0)
    turned = (landmarks - middle) @ np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]) + middle
    assert is_plausible_move(landmarks, turned + 3)
    assert not is_plausible_move(landmarks, landmarks + 60)
    assert not is_plausible_move(landmarks, (landmarks - middle) * 1.4 + middle)
    shuffled = landmarks[np.random.default_rng(1).permutation(68)]
    assert not is_plausible_move(landmarks, shuffled)
    assert not is_plausible_move(landmarks, np.broadcast_to(middle, (68, 2)))


@pytest.mark.parametrize(("gap", "taken"), [(12, True), (13, False)])
def test_the_place_of_a_face_tells_for_twelve_frames(portraits, picture, gap, taken) -> None:
    """In a scene that no cut divides, so that only the place and the time since it was seen speak for another person there."""
    wall = np.tile(np.linspace(0, 255, 900).astype(np.uint8)[None, :, None], (700, 1, 3))

    def before_the_wall(portrait: np.ndarray) -> np.ndarray:
        shown = picture(900, 700, (portrait, 300, 200, 0.9))
        return np.where(shown == 90, wall, shown)

    one, other = before_the_wall(portraits[0]), before_the_wall(portraits[1])
    seen = follow([one] * 2 + [wall] * (gap - 1) + [other], detect_every=1)
    assert reasons(seen) == [None] * 2 + [NO_FACE] * (gap - 1) + [None if taken else ANOTHER_FACE]
