"""The rigid head against the head model, and against points turned with scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from reenact.face3d.facemodel.load import face_model
from reenact.faces.layout68 import MIRRORED, MOUTH, OUTER_EYES
from reenact.generators.flow.head import RADII, head_flow, mean_face, orthonormal, pose
from reenact.generators.flow.places import grid, to_places

GRID = grid(32, torch.device("cpu")).flatten(0, 1)
SCALE = 0.4  # as large as a face in a crop


def turn(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """The rotation of degrees about y, then x, then z, (3, 3)."""
    return Rotation.from_euler("YXZ", [yaw, pitch, roll], degrees=True).as_matrix()


def projected(points: np.ndarray, rotation: np.ndarray, scale: float = SCALE, shift: tuple[float, float] = (0.0, 0.0)) -> torch.Tensor:
    """Points (N, 3) of the head as places (N, 2)."""
    return torch.from_numpy(scale * (points @ rotation.T)[:, :2] + shift).float()


def face(rotation: np.ndarray, scale: float = SCALE, shift: tuple[float, float] = (0.0, 0.0)) -> torch.Tensor:
    """Landmarks (1, 68, 2) of the mean face in a pose, places."""
    return projected(mean_face().double().numpy(), rotation, scale, shift)[None]


def surface(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) of the ellipsoid and its normals there, of unit vectors (N, 3)."""
    normals = directions / RADII
    return directions * RADII, normals / np.linalg.norm(normals, axis=1, keepdims=True)


@pytest.fixture
def directions() -> np.ndarray:
    """1,000 unit vectors on all sides."""
    vectors = np.random.default_rng(0).normal(size=(1000, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_mean_face_is_the_head_models():
    """In distances of the outer eye corners, y down, from the middle of the ellipsoid."""
    landmarks = face_model("anny").landmark_mean[:68] * (1, -1, 1)
    unit = np.linalg.norm(np.subtract(*landmarks[list(OUTER_EYES)]))
    np.testing.assert_allclose(mean_face().numpy(), landmarks / unit - (0, -9, 0.5), atol=1e-4)


def test_the_mean_face_is_symmetric():
    np.testing.assert_allclose(mean_face()[list(MIRRORED)] * torch.tensor([-1, 1, 1]), mean_face(), atol=2e-3)


@pytest.mark.parametrize("angles", [(0, 0, 0), (30, 0, 0), (-60, 0, 0), (0, 25, 0), (0, -25, 0), (0, 0, 90), (20, -15, -35)])
@pytest.mark.parametrize(("scale", "shift"), [(0.4, (0.0, 0.0)), (0.15, (0.5, -0.3)), (1.2, (-0.2, 0.9))])
def test_a_known_pose_is_recovered(angles, scale, shift):
    found = pose(face(turn(*angles), scale, shift))
    error = Rotation.from_matrix(found.rotation[0].double().numpy() @ turn(*angles).T)
    assert np.degrees(error.magnitude()) < 1
    assert found.scale.item() == pytest.approx(scale, rel=0.01)
    np.testing.assert_allclose(found.shift[0], shift, atol=0.01 * scale)


def test_an_open_mouth_hardly_turns_the_head():
    landmarks = face(turn())
    landmarks[:, MOUTH, 1] += 0.2 * SCALE
    assert np.degrees(Rotation.from_matrix(pose(landmarks).rotation[0].double().numpy()).magnitude()) < 2


def test_each_of_a_batch_has_its_own_pose():
    faces = torch.cat([face(turn(yaw), 0.3 + yaw / 100) for yaw in (0, 20, 40)])
    together = pose(faces)
    for i in range(3):
        for found, alone in zip(together, pose(faces[i : i + 1]), strict=True):
            torch.testing.assert_close(found[i : i + 1], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("angles", [(0, 0, 0), (40, -10, 15)])
def test_equal_landmarks_move_nothing(angles, directions):
    landmarks = face(turn(*angles))
    still = head_flow(landmarks, landmarks, GRID)
    torch.testing.assert_close(still.flow[0], GRID, atol=1e-5, rtol=0)
    points, normals = surface(directions)
    facing = (normals @ turn(*angles).T)[:, 2]
    assert (head_flow(landmarks, landmarks, projected(points[facing > 0.5], turn(*angles))).seen == 1).all()


@pytest.mark.parametrize(("wanted", "target"), [((0, 0, 0), (30, 0, 0)), ((-45, 0, 0), (0, 0, 0)), ((20, 10, -20), (-15, -10, 30))])
def test_points_of_the_head_go_where_a_turn_takes_them(wanted, target, directions):
    """A point that the wanted picture shows lies in the target where it is projected there, seen if it faces the camera there too."""
    now, then = turn(*wanted), turn(*target)
    points, normals = surface(directions)
    points, normals = (array[(normals @ now.T)[:, 2] > 0.1] for array in (points, normals))
    assert len(points) > 300
    found = head_flow(face(now, 0.4, (0.1, 0.0)), face(then, 0.3, (-0.2, 0.1)), projected(points, now, 0.4, (0.1, 0.0)))
    assert (found.inside == 1).all()
    torch.testing.assert_close(found.flow[0], projected(points, then, 0.3, (-0.2, 0.1)), atol=0.005, rtol=0)
    facing = (normals @ then.T)[:, 2]
    assert (found.seen[0][torch.from_numpy(facing > 0.5)] == 1).all()
    away = torch.from_numpy(facing < -0.01)
    assert away.any() and (found.seen[0][away] == 0).all()


def test_the_side_that_the_target_turns_away_is_not_seen():
    """+yaw turns the face to the picture's right. There, its right cheek is turned away."""
    cheeks = projected(np.array([[-0.9 * RADII[0], 0, 0], [0.9 * RADII[0], 0, 0]]), turn())
    left, right = head_flow(face(turn()), face(turn(50)), cheeks).seen[0]
    assert (left, right) == (1, 0)


def test_nothing_jumps_at_the_outline():
    """A hair's breadth inside and outside of the ellipse that a frontal head shows; the picture around goes on with the outline."""
    angles = np.linspace(0, 2 * np.pi, 200)
    outline = SCALE * np.stack([RADII[0] * np.cos(angles), RADII[1] * np.sin(angles)], 1)
    inner, outer = (
        head_flow(face(turn()), face(turn(40, 10)), torch.from_numpy(outline * factor).float()) for factor in (1 - 2e-3, 1 + 2e-3)
    )
    assert (inner.inside == 1).all() and (outer.inside == 0).all() and (outer.seen == 1).all()
    assert (inner.flow[0] - torch.from_numpy(outline)).norm(dim=1).max() > 0.1  # the head does move there
    assert (inner.flow - outer.flow).norm(dim=2).max() < 0.03


@pytest.mark.parametrize(
    "bad",
    [
        torch.linspace(-1, 1, 68)[:, None].expand(68, 2),
        torch.full((68, 2), 0.3),
        torch.zeros(68, 2),
        to_places(torch.from_numpy(np.random.default_rng(0).uniform(10_000, 10_060, (68, 2))), 64),
        to_places(torch.from_numpy(np.random.default_rng(0).uniform(-10_000, 10_000, (68, 2))), 64),
    ],
    ids=["one line", "one point", "the middle", "far outside", "far apart"],
)
def test_landmarks_of_no_face_give_finite_flows(bad):
    for wanted, target in ((bad, face(turn())[0]), (face(turn())[0], bad), (bad, bad)):
        assert all(part.isfinite().all() for part in head_flow(wanted[None], target[None], GRID))


@pytest.mark.parametrize("kind", ["any", "nearly orthonormal", "nearly on one line"])
def test_orthonormal_rows_are_those_of_the_singular_value_decomposition(kind):
    """Of numpy's, in double precision."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(500, 2, 3))
    if kind == "nearly orthonormal":
        rows = np.linalg.qr(random.normal(size=(500, 3, 3)))[0][:, :2] * 0.4 + 1e-4 * rows
    if kind == "nearly on one line":
        rows[:, 1] = 2 * rows[:, 0] + 0.1 * rows[:, 1]
    left, _, right = np.linalg.svd(rows, full_matrices=False)
    found = orthonormal(torch.from_numpy(rows).float())
    np.testing.assert_allclose(found, left @ right, atol=2e-5 if kind == "nearly on one line" else 2e-6)


@pytest.mark.parametrize("rows", [np.zeros((2, 3)), [[1, 2, 3], [2, 4, 6]], [[0, 0, 0], [0, 0, 1e-3]], [[1e4, 0, 0], [-1e4, 0, 0]]])
def test_rows_on_one_line_give_orthonormal_rows(rows):
    found = orthonormal(torch.tensor(rows, dtype=torch.float32)[None])[0]
    torch.testing.assert_close(found @ found.T, torch.eye(2), atol=1e-5, rtol=0)
