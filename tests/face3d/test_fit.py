"""Fits of people whom the face model does not know, against the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reenact.config.data import SyntheticParams
from reenact.errors import ReenactError
from reenact.face3d.facemodel import FaceModel, face_model
from reenact.face3d.fit import Fit, fit, fit_clip
from reenact.face3d.fit.fit import CHUNK_FRAMES
from reenact.face3d.headmodel import Camera, head_model
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX
from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable
from reenact.seeding import generator
from reenact.synthetic.motion import draw_motion

SIZE = 256
PEOPLE, FRAMES = 6, 8


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return face_model("anny")


class Frames:
    """Landmarks (F, 68, 2) of PEOPLE in FRAMES frames each, with what is true of them."""

    def __init__(self) -> None:
        head = head_model()
        self.person = np.repeat(np.arange(PEOPLE), FRAMES)
        self.shapes = [head.identity(generator(5, "fit", person)) for person in range(PEOPLE)]
        motions = [draw_motion(generator(5, "motion", person), FRAMES * 5, SyntheticParams(yaw_degrees=40)) for person in range(PEOPLE)]
        self.blendshapes, self.rotation = (np.concatenate([each[::5] for each in part]) for part in zip(*motions, strict=True))
        camera = Camera(SIZE, 0.9, 0.02, 0.03)
        self.landmarks = np.concatenate(
            [
                head.landmarks(shape, self.blendshapes[self.person == person], self.rotation[self.person == person], camera)
                for person, shape in enumerate(self.shapes)
            ]
        )

    def identity_error(self, model: FaceModel, identity: np.ndarray, person: np.ndarray) -> float:
        """Identities (N, K) against the true ones of person (N,): mean distance of neutral landmarks in outer-eye distances."""
        table = model.table

        def scaled(shape: np.ndarray) -> np.ndarray:
            points = table.fixed @ shape[table.vertices]
            return (points - points.mean(0)) / np.linalg.norm(points[36] - points[45])

        pairs = zip(model.shapes(identity), person, strict=True)
        return float(np.mean([np.linalg.norm(scaled(shape) - scaled(self.shapes[p]), axis=1).mean() for shape, p in pairs]))


@pytest.fixture(scope="module")
def frames() -> Frames:
    return Frames()


@pytest.fixture(scope="module")
def single(model, frames) -> Fit:
    return fit(model, frames.landmarks, SIZE)


@pytest.fixture(scope="module")
def shared(model, frames) -> Fit:
    return fit(model, frames.landmarks, SIZE, frames.person)


def test_pose_units_and_identity_are_found(model, frames, single):
    yaw, pitch, roll = np.degrees(np.abs(single.rotation - frames.rotation)).mean(0)
    assert yaw < 1 and pitch < 2.5 and roll < 0.5
    for blendshape in ("jawOpen", "mouthSmileLeft", "eyeBlinkRight"):
        column = BLENDSHAPE_INDEX[blendshape]
        assert np.corrcoef(single.blendshapes[:, column], frames.blendshapes[:, column])[0, 1] > 0.85, blendshape
    error = frames.identity_error(model, single.identity, frames.person)
    assert error < 0.035
    assert error < 0.6 * frames.identity_error(model, np.zeros_like(single.identity), frames.person)


def test_sharing_an_identity_is_better_than_single_views(model, frames, single, shared):
    assert shared.identity.shape == (PEOPLE, len(model.identity))
    errors = [frames.identity_error(model, found.identity[found.person], frames.person) for found in (shared, single)]
    assert errors[0] < 0.9 * errors[1]
    assert np.abs(shared.rotation - frames.rotation).mean() < np.abs(single.rotation - frames.rotation).mean()


def test_shapes_and_values_are_as_stated(model, single):
    count = PEOPLE * FRAMES
    assert single.identity.shape == (count, len(model.identity)) and (single.person == np.arange(count)).all()
    assert single.blendshapes.shape == (count, 51) and single.blendshapes.min() >= 0 and single.blendshapes.max() <= 1
    assert single.scale.shape == single.residual.shape == (count,) and single.shift.shape == (count, 2)


def test_the_residual_is_the_mean_distance_over_the_outer_eye_distance(model, frames, single):
    points = single.landmarks(model, SIZE)
    eyes = frames.landmarks[:, 45] - frames.landmarks[:, 36]
    expected = [np.hypot(*(a - b).T).mean() / np.hypot(*eye) for a, b, eye in zip(points, frames.landmarks, eyes, strict=True)]
    np.testing.assert_allclose(single.residual, expected, atol=1e-5)
    assert single.residual.mean() < 0.02


def test_landmarks_are_the_face_models_at_the_fits_parameters(model, frames, shared):
    points, camera = shared.landmarks(model, SIZE), shared.camera(SIZE)
    for frame in (0, FRAMES, PEOPLE * FRAMES - 1):
        part, shape = slice(frame, frame + 1), model.shapes(shared.identity)[shared.person[frame]]
        expected = model.landmarks(shape, shared.blendshapes[part], shared.rotation[part], camera.frame(frame))
        np.testing.assert_allclose(points[part], expected, atol=1e-3)
    half = shared.landmarks(model, SIZE / 2)
    np.testing.assert_allclose((half + 0.5) * 2 - 0.5, points, atol=1e-3)


def test_place_and_size_in_the_picture_change_nothing_else(model, frames, single):
    part = slice(0, 10)
    moved = fit(model, 1.7 * frames.landmarks[part].astype(float) + (30, -12), SIZE)
    for name in ("rotation", "blendshapes", "identity", "residual"):
        np.testing.assert_allclose(getattr(moved, name), getattr(single, name)[part], atol=1e-5)
    np.testing.assert_allclose(moved.scale, 1.7 * single.scale[part], rtol=1e-5)
    expected = 1.7 * single.landmarks(model, SIZE)[part] + (30, -12)
    np.testing.assert_allclose(moved.landmarks(model, SIZE), expected, atol=0.01)


def test_people_do_not_depend_on_each_other_nor_on_the_order(model, frames, shared):
    order = np.random.default_rng(0).permutation(len(frames.person))
    shuffled = fit(model, frames.landmarks[order], SIZE, frames.person[order] * 10 - 3)
    np.testing.assert_allclose(shuffled.identity, shared.identity, atol=1e-4)
    np.testing.assert_allclose(shuffled.rotation, shared.rotation[order], atol=1e-4)
    alone = fit(model, frames.landmarks[frames.person == 2], SIZE, np.zeros(FRAMES, int))
    np.testing.assert_allclose(alone.identity[0], shared.identity[2], atol=1e-4)


def test_the_jaw_follows_the_view(model):
    """With a jaw that stays where it is in a frontal view, a turned head is found less well."""
    head, table = head_model(), model.table
    static = replace(model, table=_with_frontal_jaw(table))
    rotation = np.radians([[sign * 30.0, 0, 0] for sign in (-1, 1)] * 4)
    landmarks = np.concatenate(
        [head.landmarks(head.identity(seed), np.zeros((2, 51)), rotation[:2], Camera(SIZE)) for seed in range(40, 44)]
    )
    follows, stays = (np.degrees(np.abs(fit(each, landmarks, SIZE).rotation - rotation)[:, 0]).mean() for each in (model, static))
    assert follows < 1.5 and stays > 1.7 * follows


def _with_frontal_jaw(table: LandmarkTable) -> LandmarkTable:
    def rows(weights: np.ndarray) -> list[list[int]]:
        return [table.vertices[np.flatnonzero(row)].tolist() for row in weights]

    frontal = rows(table.jaw[np.flatnonzero(table.jaw_yaw == 0)[0]])
    return LandmarkTable(rows(table.fixed), {round(degrees): frontal for degrees in np.degrees(table.jaw_yaw)})


def test_heads_that_lie_on_their_side_are_found(model):
    head, rotation = head_model(), np.radians([[5.0, -5, 90], [10, 5, -90], [-10, 0, 60]])
    landmarks = head.landmarks(head.identity(2), np.zeros((3, 51)), rotation, Camera(SIZE))
    assert np.degrees(np.abs(fit(model, landmarks, SIZE).rotation - rotation)).max() < 6


def test_a_clip_has_one_identity_however_long_it_is(model, frames):
    count = CHUNK_FRAMES + 30
    head, (blendshapes, rotation) = head_model(), draw_motion(generator(5, "long"), count, SyntheticParams())
    found = fit_clip(model, head.landmarks(frames.shapes[0], blendshapes, rotation, Camera(SIZE)), SIZE)
    assert found.identity.shape == (1, len(model.identity)) and not found.person.any() and len(found.person) == count
    assert np.degrees(np.abs(found.rotation - rotation)).mean() < 1.5
    assert np.abs(np.diff(found.rotation[CHUNK_FRAMES - 3 : CHUNK_FRAMES + 3], axis=0)).max() < np.radians(5)  # no seam
    error, of_mean_face = (frames.identity_error(model, each, np.zeros(1, int)) for each in (found.identity, 0 * found.identity))
    assert error < 0.5 * of_mean_face


def test_a_clip_of_one_frame_is_a_single_view(model, frames, single):
    found = fit_clip(model, frames.landmarks[:1], SIZE)
    np.testing.assert_allclose(found.rotation, single.rotation[:1], atol=1e-3)
    np.testing.assert_allclose(found.identity, single.identity[:1], atol=1e-4)


def test_landmarks_that_are_no_face_are_fitted_badly_but_without_harm(model):
    noise = np.random.default_rng(0).normal(100, 40, (20, 68, 2))
    line = np.stack([np.linspace(0, 100, 68), np.zeros(68)], -1)[None]
    for way in (fit, fit_clip):
        found = way(model, np.concatenate([noise, line]), SIZE)
        assert all(np.isfinite(values).all() for values in vars(found).values())
        assert found.residual.min() > 0.2


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda points: points[:, :67], r"must be \(F, 68, 2\)"),
        (lambda points: points[:0], "with a frame or more"),
        (lambda points: np.where(np.arange(len(points))[:, None, None] == 3, np.nan, points), "frame 3 are not finite"),
        (lambda points: points * (np.arange(len(points))[:, None, None] != 2), "frame 2 have no extent"),
    ],
)
def test_bad_landmarks_are_refused(model, frames, spoil, says):
    for way in (fit, fit_clip):
        with pytest.raises(ReenactError, match=says):
            way(model, spoil(frames.landmarks[:5]), SIZE)


def test_a_person_is_needed_for_each_frame(model, frames):
    with pytest.raises(ReenactError, match="one number for each of 5 frames"):
        fit(model, frames.landmarks[:5], SIZE, np.zeros(4, int))
