"""Bounds and numbers that the docs and docstrings state, written out here and not taken from the code."""

from __future__ import annotations

import math

import cv2
import dlib
import numpy as np
import pytest

from reenact.faces import detector, finder
from reenact.faces.crop import CropBox, steady_crops
from reenact.faces.cuts import likeness
from reenact.faces.detector import Detection, detect, detect_scaled, luma_of
from reenact.faces.finder import find_anywhere, find_near, survey
from reenact.faces.landmarks import followed_box, is_plausible_move, predict
from reenact.faces.observation import Observation
from reenact.faces.picture_faces import StillFace
from reenact.faces.track import FaceTracker
from reenact.video.picture import RgbPicture

FACE = np.random.default_rng(3).uniform(-50, 50, (68, 2))
FACE[:2] = [[-50, -50], [50, 50]]
BLANK = RgbPicture(np.zeros((8, 8, 3), np.uint8))


def turned(points: np.ndarray, degrees: float) -> np.ndarray:
    angle = math.radians(degrees)
    return points @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def spread(points: np.ndarray) -> float:
    """Root mean square distance from the mean."""
    return float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))


# From one frame to the next: 0.4 of the spread, growth by 0.2 in its logarithm, 0.25 of deformation.


@pytest.mark.parametrize(("share", "possible"), [(0.39, True), (0.41, False)])
@pytest.mark.parametrize("direction", [(1, 0), (0, -1), (-0.6, 0.8)])
def test_a_face_moves_by_two_fifths_of_its_spread_at_most(share, possible, direction):
    assert is_plausible_move(FACE, FACE + share * spread(FACE) * np.array(direction)) == possible


@pytest.mark.parametrize(("log", "possible"), [(0.19, True), (0.21, False), (-0.19, True), (-0.21, False)])
def test_a_face_grows_and_shrinks_by_a_fifth_at_most(log, possible):
    assert is_plausible_move(FACE, (FACE - FACE.mean(0)) * math.exp(log) + FACE.mean(0)) == possible


@pytest.mark.parametrize(("share", "possible"), [(0.23, True), (0.27, False)])
def test_what_no_turn_explains_is_a_quarter_of_the_spread_at_most(share, possible):
    """A change without a part in it that moves, turns or scales the face, of a known share of what comes out."""
    centred = (FACE - FACE.mean(0)) @ np.array([1, 1j])
    change = np.random.default_rng(1).normal(size=68) + 1j * np.random.default_rng(2).normal(size=68)
    change -= change.mean()
    change -= np.vdot(centred, change) / np.vdot(centred, centred) * centred
    size = share / math.sqrt(1 - share**2) * np.linalg.norm(centred) / np.linalg.norm(change)
    after = centred + size * change
    assert is_plausible_move(FACE, np.stack([after.real, after.imag], 1) + FACE.mean(0)) == possible


def test_turns_are_no_deformation_and_heaps_no_face():
    assert is_plausible_move(FACE, turned(FACE - FACE.mean(0), 80) + FACE.mean(0))
    heap = np.full((68, 2), 0.5)
    assert not is_plausible_move(heap, FACE) and not is_plausible_move(FACE, heap) and not is_plausible_move(heap, heap)
    mirrored = (FACE - FACE.mean(0)) * (-1, 1) + FACE.mean(0)
    assert not is_plausible_move(FACE, mirrored)


def test_the_box_to_follow_is_about_the_steady_points():
    """2.585 of their spread wide, its centre 0.036 of its side below their mean; the mouth (48 on) does not count."""
    points = FACE + np.array([200, 100])
    open_mouth = points.copy()
    open_mouth[48:, 1] += 40
    steady = points[:48]
    side = 2.585 * spread(steady)
    x, y = steady.mean(0) + np.array([0, 0.036 * side])
    for each in (points, open_mouth):
        np.testing.assert_allclose(followed_box(each), (x - side / 2, y - side / 2, x + side / 2, y + side / 2))


# Crops


def crop_of(seen: list[Observation], **options: float) -> list[CropBox | None]:
    return [box for _, box in steady_crops(seen, **({"scale": 2.0, "shift_up": 0.0, "smoothing_seconds": 0.2} | options))]


def observations(centres: np.ndarray, sizes: np.ndarray | float = 1.0) -> list[Observation]:
    sizes = np.broadcast_to(sizes, len(centres))
    return [Observation(k, BLANK, (FACE * size + c).astype(np.float32)) for k, (c, size) in enumerate(zip(centres, sizes, strict=True))]


def test_the_mean_over_time_ends_at_two_and_a_half_deviations():
    """Of five frames: the thirteenth frame before and after counts, the fourteenth does not."""
    for step, counts in ((13, True), (14, False)):
        centres = np.zeros((40, 2))
        centres[20 + step] = 30
        moved = crop_of(observations(centres))[20].x0 - crop_of(observations(np.zeros((40, 2))))[20].x0
        assert (moved > 1e-3) == counts
        centres = centres[::-1]
        mirrored = crop_of(observations(centres))[19].x0 - crop_of(observations(np.zeros((40, 2))))[19].x0
        assert (mirrored > 1e-3) == counts


@pytest.mark.parametrize("shift", [(300, 0), (-300, 0), (0, 300), (0, -300), (250, -400)])
def test_a_landmark_comes_no_nearer_to_the_edge_than_a_twenty_fifth_of_the_side(shift):
    """A leap in the last frame: the crop keeps its smoothed side and is moved just as far as needed."""
    centres = np.zeros((30, 2))
    centres[29] = shift
    seen = observations(centres)
    box = crop_of(seen)[29]
    points = seen[29].landmarks
    low, high = points.min(0), points.max(0)
    side = box.x1 - box.x0
    margins = np.array([low[0] - box.x0, box.x1 - high[0], low[1] - box.y0, box.y1 - high[1]]) / side
    assert margins.min() == pytest.approx(0.04, abs=1e-4) and side == pytest.approx(200, abs=0.01)
    assert (margins > 0.04 - 1e-4).all()


def test_a_crop_is_enlarged_where_the_face_outgrows_it():
    sizes = np.ones(30)
    sizes[29] = 6
    seen = observations(np.zeros((30, 2)), sizes)
    box = crop_of(seen)[29]
    assert box.x1 - box.x0 == pytest.approx(600 / 0.92, rel=1e-4)


@pytest.mark.parametrize(
    ("box", "beyond"),
    [
        ((-0.5, -0.5, 39.5, 29.5), False),
        ((-0.6, 0, 10, 10), True),
        ((0, -0.6, 10, 10), True),
        ((0, 0, 39.6, 10), True),
        ((0, 0, 10, 29.6), True),
        ((0, 0, 35, 29), False),
    ],
)
def test_a_box_reaches_beyond_a_picture_over_any_of_its_sides(box, beyond):
    assert CropBox(*box).reaches_beyond((30, 40)) == beyond


# Detector


@pytest.mark.parametrize(("score", "sure"), [(0.0, True), (-1e-6, False), (-0.5, False), (1.0, True)])
def test_a_face_is_sure_from_a_score_of_0_on(score, sure):
    assert Detection((0, 0, 1, 1), score).is_sure == sure


def test_unsure_faces_are_told_down_to_a_score_of_minus_a_half(portraits, picture):
    """As dlib finds them, among faces that are tilted more and more."""
    alone, seen = dlib.get_frontal_face_detector(), []
    for degrees in (40, 46, 50, 54, 58, 65):
        matrix = cv2.getRotationMatrix2D((150, 150), degrees, 1.0)
        image = luma_of(cv2.warpAffine(picture(300, 300, (portraits[0], 20, 20, 1)), matrix, (300, 300), borderValue=(90, 90, 90)))
        _, expected, _ = alone.run(image, 0, -0.5)
        scores = [each.score for each in detect(image)]
        assert scores == sorted(expected, reverse=True)
        seen += scores
    assert min(seen) < 0


@pytest.mark.parametrize("scale", [0.5, 2.0, 0.37])
def test_boxes_of_a_scaled_search_are_in_the_pictures_own_pixels(portraits, picture, scale):
    image = picture(500, 420, (portraits[0], 60, 40, 1.4))
    size = (round(500 * scale), round(420 * scale))
    smaller = cv2.resize(luma_of(image), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    (inner,), (found,) = ([each for each in some if each.is_sure] for some in (detect(smaller), detect_scaled(image, scale)))
    across, down = 500 / size[0], 420 / size[1]
    x0, y0, x1, y1 = inner.box
    # Pixel edges lie at halves, and scale about the outer corner at -0.5.
    expected = ((x0 + 0.5) * across - 0.5, (y0 + 0.5) * down - 0.5, (x1 + 0.5) * across - 0.5, (y1 + 0.5) * down - 0.5)
    np.testing.assert_allclose(found.box, expected)
    assert found.score == inner.score


def test_a_detections_box_goes_along_the_outer_edges_of_dlibs_pixels(portraits, picture):
    image = luma_of(picture(300, 300, (portraits[0], 20, 20, 1)))
    (plain,) = dlib.get_frontal_face_detector()(image)
    (found,) = [each for each in detect(image) if each.is_sure]
    assert found.box == (plain.left() - 0.5, plain.top() - 0.5, plain.right() + 0.5, plain.bottom() + 0.5)


def test_a_faces_area_is_its_boxs():
    assert StillFace(Detection((10, 20, 40, 25), 1.0), FACE).area == 150


# Where the finder looks, and at which size


@pytest.fixture
def sizes_searched(monkeypatch) -> list[tuple[int, int]]:
    given: list[tuple[int, int]] = []

    def noting(image: np.ndarray, upsampling: int = 0) -> list[Detection]:
        given.append(image.shape[:2])
        return []

    monkeypatch.setattr(detector, "detect", noting)
    monkeypatch.setattr(finder, "detect", noting)
    return given


def test_near_a_box_half_its_side_is_searched_about_it_at_110_pixels(sizes_searched):
    luma = np.zeros((900, 1000), np.uint8)
    find_near(luma, (300.0, 200.0, 520.0, 420.0))  # 220 wide: 110 about it, and at half the size
    find_near(luma, (300.0, 200.0, 400.0, 300.0))  # 100 wide: not enlarged
    find_near(luma, (300.0, 200.0, 355.0, 255.0), upsampling=1)  # 55 wide: enlarged to 110
    find_near(luma, (300.2, 200.2, 400.7, 290.2))  # 100.5 wide and 90 high, from 249.95 to 450.95 and from 149.95 to 340.45
    # Every pixel of which a part lies within: columns 300 - 110 to 520 + 110, halved, and so on.
    assert sizes_searched == [(220, 220), (201, 201), (2 * 112, 2 * 112), (342 - 149, 452 - 249)]


def test_a_large_picture_is_made_1280_pixels_long_first(sizes_searched):
    find_anywhere(np.zeros((2560, 1000), np.uint8))
    find_anywhere(np.zeros((1280, 1000), np.uint8))
    find_anywhere(np.zeros((2560, 1000), np.uint8), upsampling=1)
    assert sizes_searched == [(1280, 500), (2560, 1000), (1280, 1000), (2560, 1000)]


@pytest.mark.parametrize(("side", "expected"), [(220.0, (200, 250)), (110.0, (400, 500)), (50.0, (400, 500)), (440.0, (100, 125))])
def test_a_survey_makes_faces_of_a_side_110_pixels_large(sizes_searched, side, expected):
    survey(np.zeros((400, 500), np.uint8), side)
    assert sizes_searched == [expected]


# Likeness of frames


def test_likeness_is_a_correlation_of_every_eighth_pixel():
    rng = np.random.default_rng(0)
    before = rng.integers(0, 256, (80, 120), dtype=np.uint8)
    after = np.clip(before.astype(int) + rng.integers(-90, 90, before.shape), 0, 255).astype(np.uint8)
    a, b = (image[::8, ::8].astype(float).ravel() for image in (before, after))
    a, b = a - a.mean(), b - b.mean()
    assert likeness(before, after) == pytest.approx(2 * (a @ b) / (a @ a + b @ b), abs=1e-5)
    assert likeness(before, 255 - before) == pytest.approx(-1, abs=1e-6)
    other = after.copy()
    other[1::8] = 0
    assert likeness(before, other) == likeness(before, after)
    blank = np.full_like(before, 7)
    assert likeness(blank, blank + 9) == 1.0 and likeness(blank, before) == 0.0


# Tracker


def follow(images: list[np.ndarray], detect_every: int = 10) -> list[Observation]:
    return list(FaceTracker(detect_every).follow((k, RgbPicture(image)) for k, image in enumerate(images)))


def test_several_faces_are_told_only_where_more_than_one_is_sure(portraits, picture):
    one, two = picture(620, 300, (portraits[0], 20, 20, 1)), picture(620, 300, (portraits[0], 20, 20, 1), (portraits[1], 330, 20, 1))
    assert not follow([one])[0].several and follow([two])[0].several


def test_what_was_detected_has_a_score_and_what_was_followed_has_none(portraits, picture):
    image = picture(400, 300, (portraits[0], 60, 20, 1))
    seen = follow([image] * 8, detect_every=3)
    assert [k for k, each in enumerate(seen) if not math.isnan(each.score)] == [0, 3, 6, 7]
    assert all(each.score > 0 for each in seen if not math.isnan(each.score))
    assert np.abs(seen[0].landmarks - predict(image, detect(image)[0].box)).max() < 1e-3
