"""A made-up miniature in ICT-FaceKit's format: the head model's landmark vertices in centimetres, turned and moved, and bad ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.face3d.facemodel import face_model
from reenact.face3d.facemodel.ictfacekit import expressions
from reenact.face3d.fit import fit
from reenact.face3d.headmodel import BLENDSHAPES, Camera, head_model, rotation_matrices
from reenact.face3d.headmodel.blendshapes import BLENDSHAPE_INDEX

MODES = 4
SCALE, SHIFT = 11.0, np.array([1.0, -70.0, 5.0])
TURN = rotation_matrices(np.radians([0.0, 4.0, 0.0]))


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory):
    head_model()  # whose cache may be shared
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def write_obj(path: Path, points: np.ndarray) -> None:
    lines = ["# made up", "mtllib none.mtl", *("v {:.6f} {:.6f} {:.6f}".format(*point) for point in points)]
    path.write_text("\n".join([*lines, "vt 0.5 0.5", "vn 0 0 1", "f 1/1/1 2/1/1 3/1/1", ""]))


@pytest.fixture(scope="module")
def used() -> np.ndarray:
    return head_model().table.vertices


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, used: np.ndarray) -> Path:
    """A model's folder, with FaceXModel/ in it."""
    head, inside = head_model(), tmp_path_factory.mktemp("made up") / "model" / "FaceXModel"
    inside.mkdir(parents=True)
    base = head.average[used]

    def write(name: str, points: np.ndarray) -> None:
        write_obj(inside / f"{name}.obj", SCALE * points @ TURN.T + SHIFT)

    write("generic_neutral_mesh", base)
    for mode in range(MODES):
        write(f"identity{mode:03d}", head.identity(mode)[used])
    for blendshape, moves in zip(BLENDSHAPES, head.mesh.blendshapes[:, used], strict=True):
        for name in expressions(blendshape):
            half = {"L": base[:, :1] > 0, "R": base[:, :1] <= 0}.get(name[-1], True) if len(expressions(blendshape)) == 2 else True
            write(name, base + moves * half)
    # Each landmark's vertex: the first of those that it is the mean of.
    indices = {"expressions": [], "idx_to_landmark_verts": head.table.fixed.argmax(1).tolist()}
    (inside / "vertex_indices.json").write_text(json.dumps(indices))
    return inside.parent


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be changed."""
    return Path(shutil.copytree(folder, tmp_path / "model"))


def test_it_is_brought_into_the_head_models_frame(folder, used):
    head, model = head_model(), face_model(str(folder))
    assert model.identity.shape == (MODES, len(used), 3) and model.blendshapes.shape == (51, len(used), 3)
    # Up to the difference between a landmark's first vertex and the mean of its vertices.
    assert np.linalg.norm(model.mean - head.average[used], axis=1).max() < 0.06
    np.testing.assert_allclose(model.blendshapes, head.mesh.blendshapes[:, used], atol=0.03)
    np.testing.assert_allclose(model.shapes(np.eye(MODES))[2] - model.mean, head.identity(2)[used] - head.average[used], atol=0.03)
    eyes = [np.linalg.norm(np.subtract(*(table @ points)[[36, 45]])) for table, points in _tables(model, head)]
    assert eyes[0] == pytest.approx(eyes[1], rel=1e-6)


def _tables(model, head):
    return (model.table.fixed, model.mean[model.table.vertices]), (head.table.fixed, head.average[head.table.vertices])


def test_the_two_halves_of_a_unit_are_summed(folder, used):
    blendshapes = face_model(str(folder)).blendshapes
    for blendshape in ("browInnerUp", "cheekPuff"):
        moved = np.linalg.norm(head_model().mesh.blendshapes[BLENDSHAPE_INDEX[blendshape], used], axis=1)
        assert np.corrcoef(np.linalg.norm(blendshapes[BLENDSHAPE_INDEX[blendshape]], axis=1), moved)[0, 1] > 0.99


def test_left_and_right_keep_their_names():
    assert expressions("mouthSmileLeft") == ["mouthSmile_L"] and expressions("eyeLookOutRight") == ["eyeLookOut_R"]
    assert expressions("jawLeft") == ["jawLeft"] and expressions("mouthRight") == ["mouthRight"] and expressions("jawOpen") == ["jawOpen"]


def test_the_jaw_slides_onto_the_outline_where_it_recedes(folder, used):
    head, model = head_model(), face_model(str(folder))
    for sign, receding, near in ((1, range(11, 16), range(0, 9)), (-1, range(1, 6), range(8, 17))):
        rotation = np.radians([[30.0 * sign, 0, 0]])
        slid = model.landmarks(model.mean, np.zeros((1, 51)), rotation, Camera(256))[0]
        outline = head.landmarks(head.average, np.zeros((1, 51)), rotation, Camera(256))[0]
        places = model.mean[model.table.vertices]
        turned = Camera(256).project((places @ rotation_matrices(rotation)[0].T)[None])[0][0]
        static = model.table.fixed @ turned
        static += slid[8] - static[8]
        own = [np.linalg.norm(points[receding] - outline[receding], axis=1).mean() for points in (slid, static)]
        assert own[0] < 0.6 * own[1]
        assert (sign * (slid - static)[receding, 0] > -0.5).all()
        np.testing.assert_array_equal(model.table.jaw[0 if sign < 0 else -1][near], model.table.fixed[near])


def test_its_name_tells_its_content(folder, copy, used):
    name = face_model(str(folder)).name
    assert name.startswith("ict-facekit-") and len(name) == len("ict-facekit-") + 8
    write_obj(copy / "FaceXModel" / "identity000.obj", np.ones((len(used), 3)))
    assert face_model(str(copy)).name != name


def test_the_inner_folder_and_a_root_will_do(folder):
    assert face_model("FaceXModel", folder).name == face_model("model", folder.parent).name


def test_landmarks_of_the_model_are_fitted(folder):
    model, rng = face_model(str(folder)), np.random.default_rng(0)
    rotation = np.radians([[-25.0, 5, 3], [0, -8, -5], [20, 4, 8]])
    blendshapes = np.zeros((3, 51))
    blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]] = 0.2, 0.5, 0.3
    shape = model.shapes(rng.normal(size=(1, MODES)))[0]
    found = fit(model, model.landmarks(shape, blendshapes, rotation, Camera(256)), 256, np.zeros(3, int))
    assert np.degrees(np.abs(found.rotation - rotation)).max() < 3
    assert np.abs(found.blendshapes - blendshapes)[:, BLENDSHAPE_INDEX["jawOpen"]].max() < 0.15
    assert found.residual.max() < 0.02


def spoil(name: str, text: str | None):
    def change(inside: Path) -> None:
        (inside / name).unlink() if text is None else (inside / name).write_text(text)

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (spoil("generic_neutral_mesh.obj", None), "has no generic_neutral_mesh.obj"),
        (spoil("identity000.obj", None), "has no identity000.obj"),
        (spoil("browInnerUp_L.obj", None), "has no browInnerUp_L.obj"),
        (spoil("vertex_indices.json", None), "has no vertex_indices.json"),
        (spoil("jawOpen.obj", "v 1 2 3\n"), "jawOpen.obj has 1 vertices"),
        (spoil("jawOpen.obj", "v 1 2\nv x 1 2\n"), "jawOpen.obj is no OBJ file"),
        (spoil("generic_neutral_mesh.obj", ""), "generic_neutral_mesh.obj is no OBJ file"),
        (spoil("vertex_indices.json", "{"), "vertex_indices.json is damaged"),
        (spoil("vertex_indices.json", "{}"), 'vertex_indices.json is no JSON object with the key "idx_to_landmark_verts"'),
        (spoil("vertex_indices.json", json.dumps({"idx_to_landmark_verts": [0] * 67})), "must be 68 vertex numbers"),
        (spoil("vertex_indices.json", json.dumps({"idx_to_landmark_verts": [10**6] * 68})), "must be 68 vertex numbers"),
    ],
)
def test_what_is_missing_or_broken_is_named(copy, change, says):
    change(copy / "FaceXModel")
    with pytest.raises(ReenactError, match=says):
        face_model(str(copy))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ReenactError, match=r"face_model: there is no folder .*nowhere.*ICT-FaceKit"):
        face_model("nowhere", tmp_path)
