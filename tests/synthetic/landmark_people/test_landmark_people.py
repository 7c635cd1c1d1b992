"""Landmark-only people: smooth, various, and seen as their habits say."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.config.data import CorpusParams
from reenact.config.schema import Params
from reenact.face3d.facemodel import FaceModel, face_model
from reenact.face3d.headmodel import Camera
from reenact.faces.layout68 import JAW_POINTS
from reenact.synthetic.landmark_people.habits import Habit
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


def test_fields_vary_by_one_and_as_the_kernel_says():
    points = np.array([[0.5, 0.0, 0.0], [0.5, 0.3, 0.0], [0.5, 0.3, 0.4], [5.0, 0.0, 0.0]])
    fields = SmoothFields(points)
    drawn = np.stack([fields.displacements(np.random.default_rng(k), 0.6, 1.0) for k in range(3000)])
    np.testing.assert_allclose(drawn.std(0), np.sqrt(2), rtol=0.06)  # symmetric and antisymmetric parts, each of variance 1
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    expected = np.exp(-(apart**2) / (2 * 0.6**2))
    np.testing.assert_allclose(np.corrcoef(drawn[:, :, 1].T), expected, atol=0.06)


def test_fields_overlap_with_their_mirror_images():
    """Variances by hand: the nearer a point lies to the middle of the face, the less it moves aside, and the more up and forwards."""
    points = np.array([[0.1, 0.0, 0.0], [0.5, 0.3, 0.0], [2.0, 0.0, 0.4]])
    fields = SmoothFields(points)
    drawn = np.stack([fields.displacements(np.random.default_rng(k), 0.7, 0.15) for k in range(4000)])
    overlap = np.exp(-((2 * points[:, 0]) ** 2) / (2 * 0.7**2))
    total, lost = 1 + 0.15**2, (1 - 0.15**2) * overlap
    np.testing.assert_allclose(drawn.var(0), np.stack([total - lost, total + lost, total + lost], 1), rtol=0.1)


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


def test_heads_are_deeper_or_flatter_and_move_in_ways_of_their_own(heads, model):
    """Beside the bends a head is 15 % deeper or flatter; what a blendshape moves is stronger or weaker from place to place."""
    people = [heads.draw(np.random.default_rng(k)) for k in range(200)]
    depths = np.array([np.ptp(person.neutral[:68, 2]) for person in people])
    widths = np.array([np.ptp(person.neutral[:68, 0]) for person in people])
    assert np.log(depths).std() > 0.13 > 1.5 * np.log(widths).std()
    moved = np.abs(model.landmark_blendshapes) > 0.02
    ratios = [np.log(person.blendshapes[moved] / model.landmark_blendshapes[moved]) for person in people[:20]]
    blendshape = np.nonzero(moved)[0]
    spread = [each[blendshape == number].std() for each in ratios for number in np.unique(blendshape)]
    assert 0.08 < np.mean(spread) < 0.3


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
