"""The head model: conventions, landmarks, projection, blendshapes and identities."""

from __future__ import annotations

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.face3d.headmodel import BLENDSHAPES, Camera, head_model, rotation_matrices
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX
from reenact.face3d.headmodel.pose import CAMERA_DISTANCE, LOOK_AT, VIEW_SIDE

CAMERA = Camera(256)
NOSE_TIP, CHIN, LEFT_EYE_OUTER, RIGHT_EYE_OUTER = 30, 8, 45, 36


@pytest.fixture(scope="module")
def model():
    return head_model()


def landmarks(model, blendshapes: dict[str, float] | None = None, rotation=(0.0, 0.0, 0.0), camera: Camera = CAMERA) -> np.ndarray:
    weights = np.zeros((1, len(BLENDSHAPES)))
    for name, value in (blendshapes or {}).items():
        weights[0, BLENDSHAPE_INDEX[name]] = value
    return model.landmarks(model.average, weights, np.array([rotation]), camera)[0]


def openness(points: np.ndarray, left_eye: bool) -> float:
    """Mean height of an eye's opening, pixels."""
    first = 42 if left_eye else 36
    upper, lower = points[[first + 1, first + 2], 1], points[[first + 5, first + 4], 1]
    return float((lower - upper).mean())


def test_landmarks_have_the_stated_shape_and_the_face_is_upright(model):
    points = model.landmarks(model.average, np.zeros((3, 51)), np.zeros((3, 3)), CAMERA)
    assert points.shape == (3, 68, 2) and points.dtype == np.float32
    assert (points[0] > 0).all() and (points[0] < 256).all()
    assert points[0, CHIN, 1] > points[0, 57, 1] > points[0, NOSE_TIP, 1] > points[0, 27, 1] > points[0, 19, 1]
    assert points[0, LEFT_EYE_OUTER, 0] > points[0, RIGHT_EYE_OUTER, 0]


def test_the_average_face_is_symmetric_about_the_pictures_middle(model):
    points = landmarks(model)
    for left, right in ((36, 45), (48, 54), (21, 22), (31, 35)):
        assert points[left, 0] + points[right, 0] == pytest.approx(255, abs=0.5)  # the middle of 256 pixels is 127.5
        assert points[left, 1] == pytest.approx(points[right, 1], abs=0.5)


def test_positive_angles_turn_right_nod_down_and_tilt_clockwise(model):
    still = landmarks(model)
    angle = np.radians(15)
    assert (landmarks(model, rotation=(angle, 0, 0)) - still)[NOSE_TIP, 0] > 5
    assert (landmarks(model, rotation=(0, angle, 0)) - still)[NOSE_TIP, 1] > 5
    tilted = landmarks(model, rotation=(0, 0, angle))
    assert tilted[LEFT_EYE_OUTER, 1] > tilted[RIGHT_EYE_OUTER, 1] + 10  # the image's right side goes down
    assert tilted[27, 0] > tilted[CHIN, 0] + 10  # the forehead goes to the right


def test_rotation_is_yaw_after_pitch_after_roll():
    yaw, pitch, roll = 0.4, -0.2, 0.3

    def single(axis: int, angle: float) -> np.ndarray:
        # Rodrigues' formula about a coordinate axis, anticlockwise seen from its tip.
        k = np.eye(3)[axis]
        cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
        return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross

    # Roll is clockwise as the camera, on the +z side, sees it.
    expected = single(1, yaw) @ single(0, pitch) @ single(2, -roll)
    np.testing.assert_allclose(rotation_matrices(np.array([yaw, pitch, roll])), expected, atol=1e-12)


def test_projection_agrees_with_a_homogeneous_camera_matrix():
    size, scale, shift_x, shift_y = 200, 1.1, 0.05, -0.02
    points = np.random.default_rng(0).normal([0, 7, 0.5], 0.5, (20, 3))
    focal = size * scale * CAMERA_DISTANCE / VIEW_SIDE
    intrinsics = np.array([[focal, 0, size * (0.5 + shift_x) - 0.5], [0, focal, size * (0.5 + shift_y) - 0.5], [0, 0, 1]])
    eye = LOOK_AT + np.array([0, 0, CAMERA_DISTANCE])
    extrinsics = np.diag([1, -1, -1]) @ np.concatenate([np.eye(3), -eye[:, None]], 1)
    seen = (intrinsics @ extrinsics @ np.concatenate([points, np.ones((20, 1))], 1).T).T
    pixels, depth = Camera(size, scale, shift_x, shift_y).project(points[None])
    np.testing.assert_allclose(pixels[0], seen[:, :2] / seen[:, 2:], atol=1e-9)
    np.testing.assert_allclose(depth[0], seen[:, 2], atol=1e-9)


def test_units_move_what_they_name(model):
    still = landmarks(model)
    opened = landmarks(model, {"jawOpen": 1})
    assert (opened[66, 1] - opened[62, 1]) - (still[66, 1] - still[62, 1]) > 10
    blinked = landmarks(model, {"eyeBlinkLeft": 1})
    assert openness(blinked, left_eye=True) < 0.35 * openness(still, left_eye=True)
    assert openness(blinked, left_eye=False) == pytest.approx(openness(still, left_eye=False), abs=0.01)
    raised = landmarks(model, {"browInnerUp": 1})
    assert raised[21, 1] < still[21, 1] - 1 and raised[22, 1] < still[22, 1] - 1
    smiling = landmarks(model, {"mouthSmileLeft": 1, "mouthSmileRight": 1})
    assert smiling[48, 1] < still[48, 1] and smiling[54, 1] < still[54, 1]


def test_frames_do_not_depend_on_each_other(model):
    rng = np.random.default_rng(3)
    shape, blendshapes, rotation = model.identity(5), rng.uniform(0, 0.5, (600, 51)), rng.normal(0, 0.2, (600, 3))
    scale = rng.uniform(0.9, 1.1, 600)
    together = model.landmarks(shape, blendshapes, rotation, Camera(256, scale))
    for frame in (0, 511, 512, 599):
        alone = model.landmarks(shape, blendshapes[frame : frame + 1], rotation[frame : frame + 1], Camera(256, scale[frame]))
        np.testing.assert_allclose(together[frame], alone[0], atol=1e-4)


def test_landmarks_are_the_drawn_meshs_vertices(model):
    """The few vertices that landmarks are computed from move as the whole mesh does when it is drawn."""
    shape = model.identity(7)
    blendshapes, rotation = np.linspace(0, 0.6, 51), np.array([0.2, -0.1, 0.05])
    vertices = model.turn(model.express(shape, blendshapes)[None], rotation[None], model.follows)
    pixels, _ = CAMERA.project(vertices)
    place = {int(vertex): position for position, vertex in enumerate(model.mesh.vertex_id)}
    points = model.landmarks(shape, blendshapes[None], rotation[None], CAMERA)[0]
    # In landmarks68.json the nose tip is vertex 294 and the lower lip's inner middle is vertex 494.
    np.testing.assert_allclose(points[30], pixels[0, place[294]], atol=1e-3)
    np.testing.assert_allclose(points[66], pixels[0, place[494]], atol=1e-3)


def test_identities_follow_their_seed_and_differ(model):
    np.testing.assert_array_equal(model.identity(1), model.identity(np.random.default_rng(1)))
    assert np.abs(model.identity(1) - model.identity(2)).max() > 0.05
    heights = [np.ptp(model.identity(seed)[:, 1]) for seed in range(5)]
    assert max(heights) < 1.25 * min(heights)


def test_the_eyes_stay_in_place_whoever_it_is(model):
    eyes = np.concatenate([model.left_eye, model.right_eye])
    for seed in range(3):
        np.testing.assert_allclose(model.identity(seed)[eyes].mean(0), model.average[eyes].mean(0), atol=1e-4)


def test_wrong_shapes_are_refused(model):
    with pytest.raises(ReenactError, match="blendshapes must be"):
        model.landmarks(model.average, np.zeros((2, 50)), np.zeros((2, 3)), CAMERA)
    with pytest.raises(ReenactError, match="rotation"):
        model.landmarks(model.average, np.zeros((2, 51)), np.zeros((3, 3)), CAMERA)
