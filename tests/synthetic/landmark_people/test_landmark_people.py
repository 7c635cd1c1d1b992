"""Landmark-only people: smooth, various, and seen as their habits say."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.config.data import CorpusParams
from reenact.config.schema import Params
from reenact.face3d.facemodel import FaceModel, face_model
from reenact.face3d.headmodel import BLENDSHAPES, Camera
from reenact.faces.layout68 import JAW_POINTS
from reenact.synthetic.landmark_people.habits import Habit, draw_habit
from reenact.synthetic.landmark_people.heads import RandomHeads
from reenact.synthetic.landmark_people.landmarks import person_landmarks
from reenact.synthetic.landmark_people.performance import DISTANCES, LARGEST_ANGLES, TAKE_FRAMES, UNEVEN, draw_performance
from reenact.synthetic.landmark_people.smooth_fields import MIRROR, SmoothFields
from reenact.synthetic.landmark_subjects import CAST, landmark_tables, random_heads, subject_landmarks

STEADY = Habit(slide=1.0, slip=np.zeros(2), bias=np.zeros((68, 2)), jitter=0.0)


@pytest.fixture(scope="module")
def heads() -> RandomHeads:
    return random_heads()


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return face_model("anny")


POINTS = np.array([[0.1, 0.0, 0.0], [0.5, 0.3, 0.0], [-0.4, 0.3, 0.4], [5.0, 0.0, 0.0]])  # near the middle, beside it, and far away


def kernel(points: np.ndarray, others: np.ndarray, length: float) -> np.ndarray:
    """exp(-d² / 2 length²) of all distances d between points (P, 3) and (Q, 3)."""
    return np.exp(-(np.linalg.norm(points[:, None] - others, axis=-1) ** 2) / (2 * length**2))


@pytest.mark.parametrize("length", [0.35, 1.5])
@pytest.mark.parametrize("asymmetry", [0.15, 1.0])
def test_displacements_vary_as_the_kernel_and_the_mirror_image_say(length, asymmetry):
    """A field and its mirror image meet in each point: they add up along y and z, and cancel out along x, the less the more asymmetry."""
    fields, random = SmoothFields(POINTS), np.random.default_rng(0)
    drawn = np.stack([fields.displacements(random, length, asymmetry) for _ in range(5000)])
    here, there = kernel(POINTS, POINTS, length), kernel(POINTS, POINTS * [-1, 1, 1], length)
    for axis, sign in enumerate((-1, 1, 1)):
        expected = (1 + asymmetry**2) * here + sign * (1 - asymmetry**2) * there
        np.testing.assert_allclose(np.cov(drawn[:, :, axis].T), expected, atol=0.1)
    assert np.abs(np.corrcoef(drawn[:, 0].T) - np.eye(3)).max() < 0.05  # the axes have nothing to do with each other


def test_symmetric_fields_vary_as_the_kernel_and_the_mirror_image_say():
    drawn = SmoothFields(POINTS).symmetric(np.random.default_rng(0), 0.6, 20_000)
    expected = kernel(POINTS, POINTS, 0.6) + kernel(POINTS, POINTS * [-1, 1, 1], 0.6)
    np.testing.assert_allclose(np.cov(drawn), expected, atol=0.06)


def test_fields_without_asymmetry_are_mirrored():
    points = np.array([[0.5, 1.0, 0.2], [-0.5, 1.0, 0.2], [0.0, 0.4, 0.1]])
    field = SmoothFields(points).displacements(np.random.default_rng(1), 0.7, 0.0)
    np.testing.assert_allclose(field[0], field[1] * MIRROR, atol=1e-9)
    assert abs(field[2, 0]) < 1e-9


def test_heads_are_faces_and_differ(heads):
    people = [heads.draw(np.random.default_rng(k)) for k in range(200)]
    inner = np.stack([person.neutral[:68] for person in people])
    eyes, mouth, nose = (inner[:, part].mean(1) for part in (slice(36, 48), slice(48, 68), slice(30, 31)))
    assert (eyes[:, 1] > nose[:, 1]).all() and (nose[:, 1] > mouth[:, 1]).all() and (mouth[:, 1] > inner[:, 8, 1]).all()
    assert (inner[:, 45, 0] - inner[:, 36, 0] > 0.5).all()
    assert 0.05 < inner.std(0)[JAW_POINTS:].mean() < 0.15  # decimetres
    again = heads.draw(np.random.default_rng(3))
    np.testing.assert_array_equal(again.neutral, people[3].neutral)
    strength = [np.abs(person.blendshapes).sum((1, 2)) for person in people]
    assert np.std(np.log(strength), axis=0).mean() > 0.2


def test_heads_vary_as_the_face_models_identities_and_three_fields_do(heads, model):
    """Both with strengths of the person's own, and stretched in width. Along x the middle varies only as much as heads are asymmetric."""
    random = np.random.default_rng(0)
    neutral = np.stack([heads.draw(random).neutral[:68] for _ in range(4000)])
    points = model.landmark_mean[:68]
    identities = 0.6**2 * (1 + 0.4**2 / 12) * (model.landmark_identity[:, :68] ** 2).sum(0)  # of 0.8 to 1.2, evenly: mean of the squares
    for axis, sign in ((0, -1), (1, 1)):  # z has the depth besides
        variance = identities[:, axis]
        for length, size in ((0.35, 0.02), (0.7, 0.03), (1.5, 0.04)):
            mirrored = np.diag(kernel(points, points * [-1, 1, 1], length))
            variance = variance + size**2 * (1 + 1.4**2 / 12) * (1 + 0.15**2 + sign * (1 - 0.15**2) * mirrored)  # of 0.3 to 1.7
        if axis == 0:  # times exp(0.1 · a normal number), whose square is exp(2 · 0.1²) on average
            variance = np.exp(2 * 0.1**2) * (variance + points[:, 0] ** 2) - np.exp(0.1**2) * points[:, 0] ** 2
        found = neutral[:, :, axis].var(0) / variance
        assert found.mean() == pytest.approx(1, abs=0.07) and np.abs(found - 1).max() < 0.2


def test_heads_are_wide_and_narrow_deep_and_flat(heads):
    """Width and depth of each have factors of their own, exp(0.1 or 0.15 · a normal number); bends and identities add a little."""
    faces = np.stack([heads.draw(np.random.default_rng(k)).neutral[:68] for k in range(300)])
    width, _, depth = np.log(np.ptp(faces, axis=1)).T
    assert 0.1 < width.std() < 0.14 and 0.15 < depth.std() < 0.21
    assert abs(np.corrcoef(width, depth)[0, 1]) < 0.3


def test_an_expression_is_strong_in_a_person_and_in_a_place(heads, model):
    """The logarithm of how strong it is: 0.3 by blendshape, and 0.25 times a symmetric field of 7 cm by place, the same for all of them."""
    jaw_open, moved = BLENDSHAPES.index("jawOpen"), [8, 4, 12, 57, 66]  # on the chin, the jaw's sides, the lower lip
    people = [heads.draw(np.random.default_rng(k)).blendshapes[:, moved] for k in range(600)]
    with np.errstate(invalid="ignore", divide="ignore"):
        strength = np.log(np.stack(people) / model.landmark_blendshapes[:, moved])  # (people, 51, places, axes)
    of_place = strength[:, jaw_open, :, 1] - strength[:, jaw_open, :1, 1]  # less that of the chin
    points = model.landmark_mean[moved]
    field = kernel(points, points, 0.7) + kernel(points, points * [-1, 1, 1], 0.7)
    expected = 0.25 * np.sqrt(np.diag(field) + field[0, 0] - 2 * field[0])
    assert expected[1:].min() > 0.05
    np.testing.assert_allclose(of_place.std(0), expected, rtol=0.15, atol=1e-9)
    along_z = strength[:, jaw_open, 1, 2] - strength[:, jaw_open, 0, 2]
    assert abs(np.corrcoef(of_place[:, 1], along_z)[0, 1]) < 0.15  # each axis has a field of its own
    others = [k for k in range(len(BLENDSHAPES)) if k != jaw_open and np.isfinite(strength[:, k, :, 1]).all()]
    assert others
    for k in others:
        ratio = strength[:, k, :, 1] - strength[:, jaw_open, :, 1]
        assert np.ptp(ratio, axis=1).max() < 1e-6 and ratio[:, 0].std() == pytest.approx(0.3 * np.sqrt(2), rel=0.15)


def test_habits_are_drawn_as_widely_as_is_said(heads):
    """Three in ten never slide, three in ten slide just as the table has it, the others anywhere from 0 to 1.3."""
    random = np.random.default_rng(0)
    habits = [draw_habit(random, heads.fields) for _ in range(4000)]
    slide, slip, bias, jitter = (np.stack([getattr(each, name) for each in habits]) for name in ("slide", "slip", "bias", "jitter"))
    assert (slide == 0).mean() == pytest.approx(0.3, abs=0.03) and (slide == 1).mean() == pytest.approx(0.3, abs=0.03)
    between = slide[(slide != 0) & (slide != 1)]
    assert 0 < between.min() < 0.02 and 1.28 < between.max() < 1.3
    np.testing.assert_allclose(slip.std(0), 2, rtol=0.05)
    assert 0.00135 <= jitter.min() < 0.0014 and 0.0076 < jitter.max() <= 0.00765
    points = heads.model.landmark_mean[:68]
    expected = 0.03 * np.sqrt(1 + np.diag(kernel(points, points * [-1, 1, 1], 0.7)))
    np.testing.assert_allclose(bias.std(0), np.stack([expected, expected], 1), rtol=0.08)


def test_a_performance_stays_in_its_limits_and_changes_camera_by_take():
    performances = [draw_performance(np.random.default_rng(k), 3 * TAKE_FRAMES - 5) for k in range(20)]
    for performance in performances:
        assert performance.blendshapes.shape == (70, 51) and performance.blendshapes.min() >= 0
        assert (np.abs(performance.rotation) <= LARGEST_ANGLES * UNEVEN[1] + 1e-9).all()
        takes = np.split(performance.distance, [TAKE_FRAMES, 2 * TAKE_FRAMES])
        assert all(np.ptp(take) == 0 for take in takes) and len({take[0] for take in takes}) == 3
        assert performance.distance.min() >= DISTANCES[0] and performance.distance.max() <= DISTANCES[1]
    assert max(np.abs(performance.rotation[:, 0]).max() for performance in performances) > np.radians(35)


def test_a_steady_habit_marks_what_the_face_model_shows(heads, model):
    """An independent way to the same landmarks: the face model's own, with its own camera."""
    head = heads.draw(np.random.default_rng(2))
    performance = draw_performance(np.random.default_rng(4), 30)
    bent = FaceModel("bent", head.neutral, np.zeros((1, *head.neutral.shape)), head.blendshapes, _rows(model))
    expected = bent.landmarks(head.neutral, performance.blendshapes, performance.rotation, Camera(256))
    rows = head.neutral + np.tensordot(performance.blendshapes, head.blendshapes, 1)
    points = STEADY.points(model.table, rows, performance.rotation)
    from reenact.face3d.facemodel.model import turned

    np.testing.assert_allclose(Camera(256).project(turned(points, performance.rotation))[0], expected, atol=1e-3)


def _rows(model: FaceModel):
    """The model's landmark table for a mesh that consists of its rows."""
    from copy import copy

    table = copy(model.table)
    table.vertices = np.arange(len(table.stacked))
    table.stacked = np.eye(len(table.stacked))
    return table


def test_jaw_points_that_do_not_slide_stay_on_the_surface(heads, model):
    rows = np.repeat(heads.draw(np.random.default_rng(5)).neutral[None], 3, 0)
    rotation = np.radians([[0.0, 0, 0], [30, 0, 0], [-20, 5, 0]])
    stays = Habit(0.0, np.zeros(2), np.zeros((68, 2)), 0.0).points(model.table, rows, rotation)
    assert np.ptp(stays, axis=0).max() < 1e-12
    slides = STEADY.points(model.table, rows, rotation)
    assert np.ptp(slides[:, :JAW_POINTS], axis=0).max() > 0.1 and np.ptp(slides[:, JAW_POINTS:], axis=0).max() < 1e-12


def test_slipping_moves_along_the_outline_and_not_at_its_ends(heads, model):
    rows = heads.draw(np.random.default_rng(6)).neutral[None]
    rotation = np.radians([[30.0, 0, 0]])
    steady = STEADY.points(model.table, rows, rotation)[0]
    slipped = Habit(1.0, np.array([2.0, 0.0]), np.zeros((68, 2)), 0.0).points(model.table, rows, rotation)[0]
    np.testing.assert_allclose(slipped[8], steady[9], atol=1e-9)  # one point on: 2 · sin(30°)
    np.testing.assert_array_equal(slipped[[0, 16]], steady[[0, 16]])
    np.testing.assert_array_equal(slipped[JAW_POINTS:], steady[JAW_POINTS:])


def test_jitter_and_bias_are_what_the_habit_says():
    bias = np.full((68, 2), 0.1)
    seen = np.zeros((4000, 68, 2))
    rotation = np.zeros((4000, 3))
    rotation[:, 0] = np.pi / 6
    marked = Habit(1.0, np.zeros(2), bias, 0.01).marked(seen, rotation, np.random.default_rng(0))
    np.testing.assert_allclose(marked.mean(0), 0.05, atol=2e-3)
    np.testing.assert_allclose(marked.std(0), 0.01 * np.sqrt(2), rtol=0.1)


def test_a_cast_gives_one_performance_and_other_casts_another():
    params = Params(corpus=CorpusParams(landmark_frames=30, landmark_subjects=CAST + 1))
    tables = list(landmark_tables(params))
    assert [table["performance"][0].as_py() for table in tables] == [0] * CAST + [1]
    assert tables[0]["take"].to_pylist() == [0] * TAKE_FRAMES + [1] * 5
    mouths = np.stack([_openness(subject_landmarks(params, number)) for number in range(1, CAST + 2)])
    alike = np.corrcoef(mouths)
    assert alike[:CAST, :CAST].min() > 0.6 and alike[CAST, :CAST].max() < alike[:CAST, :CAST].min()


def _openness(landmarks: np.ndarray) -> np.ndarray:
    """How far the mouth is open in each frame, by the outer eyes' distance."""
    return np.linalg.norm(landmarks[:, 62] - landmarks[:, 66], axis=-1) / np.linalg.norm(landmarks[:, 36] - landmarks[:, 45], axis=-1)


def test_a_person_depends_on_number_and_seed_alone(heads):
    params = Params(corpus=CorpusParams(landmark_frames=10))
    one = subject_landmarks(params, 3)
    assert one.shape == (10, 68, 2) and one.dtype == np.float32 and np.isfinite(one).all()
    subject_landmarks(params, 4)
    np.testing.assert_array_equal(one, subject_landmarks(params, 3))
    assert not np.array_equal(one, subject_landmarks(Params(data_seed=2, corpus=CorpusParams(landmark_frames=10)), 3))
    assert not np.array_equal(one, subject_landmarks(params, 4))
    performance = draw_performance(np.random.default_rng(0), 10)
    assert person_landmarks(heads, performance, np.random.default_rng(1)).shape == (10, 68, 2)
