"""Small networks made here. The one that gives its input back shows how faces are cut out."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.metrics.backends.onnx_face import OnnxFace

onnx = pytest.importorskip("onnx", reason="makes the networks")
pytest.importorskip("onnxruntime", reason="runs them")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

SIZE = 32
MEAN, STD = (10.0, 20.0, 30.0), (2.0, 4.0, 8.0)
PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
# ArcFace's paper and code: eyes, nose tip and mouth corners in 112 pixels.
ARCFACE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


def write(path: Path, shape: Sequence[int | str], nodes: list, constants: dict[str, np.ndarray], kind: int = TensorProto.FLOAT) -> Path:
    """A network from "pictures", of a shape, to "embeddings"."""
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("pictures", kind, shape)],
        [helper.make_tensor_value_info("embeddings", kind, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def mirror(path: Path, shape: Sequence[int | str]) -> Path:
    """Gives back all values of each picture, in a row."""
    return write(path, shape, [helper.make_node("Flatten", ["pictures"], ["embeddings"])], {})


def recogniser(path: Path, shape: Sequence[int | str], weights: np.ndarray, bias: np.ndarray) -> Path:
    nodes = [helper.make_node("Flatten", ["pictures"], ["rows"]), helper.make_node("Gemm", ["rows", "weights", "bias"], ["sums"])]
    nodes.append(helper.make_node("Relu", ["sums"], ["embeddings"]))
    return write(path, shape, nodes, {"weights": weights, "bias": bias})


def ramps(height: int = 200, width: int = 240) -> np.ndarray:
    """Each pixel says where it is: its x in red, its y in green, 40 in blue."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.full_like(x, 40)], axis=-1).astype(np.uint8)


def face(points: np.ndarray) -> np.ndarray:
    """68 landmarks (68, 2) whose eyes' means, nose tip and mouth corners are `points` (5, 2)."""
    landmarks = np.repeat(points.mean(axis=0, keepdims=True), 68, axis=0)
    around = 3 * np.stack([np.cos(np.arange(6) * np.pi / 3), np.sin(np.arange(6) * np.pi / 3)], axis=-1)
    landmarks[36:42], landmarks[42:48] = points[0] + around, points[1] + around
    landmarks[[30, 48, 54]] = points[2:]
    return landmarks.astype(np.float32)


def faces(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([face((ARCFACE + rng.normal(0, 3, ARCFACE.shape)) * rng.uniform(0.8, 1.4) + 20) for _ in range(count)])


@pytest.mark.parametrize("first", ["N", 1], ids=["any number", "one by one"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("channels", ["rgb", "bgr"])
def test_embeddings_are_the_networks_arithmetic_on_the_crops(tmp_path: Path, first: int | str, layout: str, channels: str):
    """The crops are those that a network sees which gives them back, and the arithmetic is numpy's."""
    images, landmarks = [ramps()] * 35, faces(35)
    images[1] = images[1][:150, :180]
    plain = OnnxFace(mirror(tmp_path / "mirror.onnx", ["N", 3, SIZE, SIZE]), SIZE, *PLAIN, "rgb", "arcface")
    crops = plain.embed(images, landmarks).reshape(35, 3, SIZE, SIZE)
    ordered = crops if channels == "rgb" else crops[:, ::-1]
    inputs = (ordered - np.reshape(MEAN, (3, 1, 1))) / np.reshape(STD, (3, 1, 1))
    if layout == "NHWC":
        inputs = inputs.transpose(0, 2, 3, 1)
    rng = np.random.default_rng(1)
    weights, bias = (rng.normal(size=size).astype(np.float32) for size in ((3 * SIZE**2, 12), (12,)))
    shape = [first, 3, SIZE, SIZE] if layout == "NCHW" else [first, SIZE, SIZE, 3]
    network = OnnxFace(recogniser(tmp_path / "net.onnx", shape, weights, bias), SIZE, MEAN, STD, channels, "arcface")
    embeddings = network.embed(images, landmarks)
    assert embeddings.shape == (35, 12) and embeddings.dtype == np.float32
    expected = np.maximum(inputs.reshape(35, -1) @ weights.astype(np.float64) + bias, 0)
    np.testing.assert_allclose(embeddings, expected, atol=1e-3 * expected.max())
    assert np.array_equal(network.embed(images, landmarks), embeddings)


def test_sizes_that_the_file_leaves_free_are_the_parameters(tmp_path: Path):
    network = OnnxFace(mirror(tmp_path / "mirror.onnx", ["N", 3, "height", "width"]), 40, *PLAIN, "rgb", "arcface")
    assert network.embed([ramps()], faces(1)).shape == (1, 3 * 40 * 40)


@pytest.mark.parametrize("size", [112, 224])
def test_arcface_puts_the_five_points_where_arcface_has_them(tmp_path: Path, size: int):
    """A face that is a turned, larger copy of ArcFace's: the picture's own coordinates stand at ArcFace's points."""
    angle, scale = np.radians(25), 1.3
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (ARCFACE - 56) @ turn.T + [120, 95]
    network = OnnxFace(mirror(tmp_path / "mirror.onnx", ["N", 3, size, size]), size, *PLAIN, "rgb", "arcface")
    crop = network.embed([ramps()], face(points)[None]).reshape(3, size, size)
    for point, target in zip(points, ARCFACE * size / 112, strict=True):
        x, y = target.round().astype(int)
        expected = point + (np.array([x, y]) - target) * 112 / size @ turn.T
        np.testing.assert_allclose(crop[:2, y, x], expected, atol=1)
    assert set(np.unique(crop[2])) <= {*range(41)}


def test_arcface_is_the_least_squares_similarity_and_black_outside(tmp_path: Path):
    """The similarity by least squares over its four numbers, on points that no similarity takes to ArcFace's."""
    points = faces(1)[0]
    five = np.stack([points[36:42].mean(axis=0), points[42:48].mean(axis=0), *points[[30, 48, 54]]]).astype(np.float64)
    rows = np.concatenate([[(x, -y, 1, 0), (y, x, 0, 1)] for x, y in five])
    a, b, across, down = np.linalg.lstsq(rows, ARCFACE.ravel(), rcond=None)[0]
    back = np.linalg.inv([[a, -b, across], [b, a, down], [0, 0, 1]])
    network = OnnxFace(mirror(tmp_path / "mirror.onnx", ["N", 3, 112, 112]), 112, *PLAIN, "rgb", "arcface")
    image = ramps()
    crop = network.embed([image], points[None]).reshape(3, 112, 112)
    v, u = np.mgrid[:112, :112]
    x, y, _ = np.einsum("ij,jhw->ihw", back, np.stack([u, v, np.ones_like(u)]))
    inside = (x > 0) & (y > 0) & (x < image.shape[1] - 1) & (y < image.shape[0] - 1)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(crop[0][inside], x[inside], atol=1)
    np.testing.assert_allclose(crop[1][inside], y[inside], atol=1)
    far = face(ARCFACE - 60)
    assert (network.embed([image], far[None]).reshape(3, 112, 112)[2] == 0).mean() > 0.4


def test_box_is_the_square_of_1_3_times_the_longer_side(tmp_path: Path):
    landmarks = np.random.default_rng(2).uniform([70, 50], [130, 150], (68, 2))
    landmarks[:2] = (70, 50), (130, 150)
    side, size = 1.3 * 100, 50
    network = OnnxFace(mirror(tmp_path / "mirror.onnx", ["N", 3, size, size]), size, *PLAIN, "rgb", "box")
    crop = network.embed([ramps()], landmarks[None]).reshape(3, size, size)
    inner = np.arange(5, 45)  # away from the picture's border, which is repeated
    steps = (inner + 0.5) * side / size - 0.5
    np.testing.assert_allclose(crop[0][np.ix_(inner, inner)], np.tile(100 - side / 2 + 0.5 + steps, (40, 1)), atol=1)
    np.testing.assert_allclose(crop[1][np.ix_(inner, inner)], np.tile(100 - side / 2 + 0.5 + steps, (40, 1)).T, atol=1)
    assert (crop[2] == 40).all()


def test_a_pickled_copy_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mirror(tmp_path / "mirror.onnx", ["N", 3, SIZE, SIZE])
    monkeypatch.chdir(tmp_path)
    network = OnnxFace(Path("mirror.onnx"), SIZE, *PLAIN, "rgb", "box")
    embeddings = network.embed([ramps()], faces(1))
    sent = pickle.dumps(network)
    monkeypatch.chdir("/")
    assert np.array_equal(pickle.loads(sent).embed([ramps()], faces(1)), embeddings)
    assert network.embed([], np.empty((0, 68, 2))).shape == (0, 0)


def test_the_card_changes_with_whatever_decides_the_figures(tmp_path: Path):
    path = mirror(tmp_path / "my-net.onnx", ["N", 3, SIZE, SIZE])
    other = mirror(tmp_path / "my_net.onnx", ["N", 3, "height", "width"])
    settings = [
        (path, SIZE, MEAN, STD, "rgb", "box"),
        (other, SIZE, MEAN, STD, "rgb", "box"),
        (path, SIZE + 1, MEAN, STD, "rgb", "box"),
        (path, SIZE, (10.0, 20.0, 31.0), STD, "rgb", "box"),
        (path, SIZE, MEAN, (2.0, 4.0, 9.0), "rgb", "box"),
        (path, SIZE, MEAN, STD, "bgr", "box"),
        (path, SIZE, MEAN, STD, "rgb", "arcface"),
    ]
    cards = [OnnxFace(*each).about() for each in settings]
    assert len({tuple(card.items()) for card in cards}) == len(settings)
    assert cards[0]["backend"] == "onnx-my-net"
    assert cards[0]["weights"] == f"my-net.onnx, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"


def embed(path: Path, size: int = SIZE) -> np.ndarray:
    return OnnxFace(path, size, *PLAIN, "rgb", "arcface").embed([ramps()] * 2, faces(2))


def test_files_that_are_no_networks_are_refused(tmp_path: Path):
    with pytest.raises(ReenactError, match=r"none\.onnx is missing; let evaluate.onnx.path name"):
        embed(tmp_path / "none.onnx")
    for content in (b"", b"no network", b"\x08\x08"):
        (tmp_path / "net.onnx").write_bytes(content)
        with pytest.raises(ReenactError, match=r"net\.onnx is damaged \(.*\); let evaluate.onnx.path name"):
            embed(tmp_path / "net.onnx")


def test_weights_in_a_second_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Even where that lies in the current folder: the card's SHA-256 would say nothing of them."""
    model = onnx.load(
        recogniser(tmp_path / "net.onnx", ["N", 3, SIZE, SIZE], np.ones((3 * SIZE**2, 4), np.float32), np.ones(4, np.float32))
    )
    onnx.save(model, tmp_path / "net.onnx", save_as_external_data=True, location="net.data")
    assert (tmp_path / "net.data").is_file()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReenactError, match=r"net\.onnx is damaged \(.*External data.*as one ONNX file"):
        embed(tmp_path / "net.onnx")


def test_networks_with_other_inputs_and_outputs_are_refused(tmp_path: Path):
    path = tmp_path / "net.onnx"
    with pytest.raises(ReenactError, match=r"takes \['N', 3, 64, 64\].*not \(N, 3, 32, 32\).*put right evaluate.onnx.size"):
        embed(mirror(path, ["N", 3, 64, 64]))
    with pytest.raises(ReenactError, match=r"takes \['N', 64, 64, 3\].*not \(N, 32, 32, 3\)"):
        embed(mirror(path, ["N", 64, 64, 3]))
    for shape in (["N", 1, SIZE, SIZE], ["N", 3, SIZE], [4, 3, SIZE, SIZE]):
        with pytest.raises(ReenactError, match=r"not \(N, 3, 32, 32\) of float, with N free or 1"):
            embed(mirror(path, shape))
    flatten = helper.make_node("Flatten", ["pictures"], ["embeddings"])
    with pytest.raises(ReenactError, match=r"of tensor\(double\), not"):
        embed(write(path, ["N", 3, SIZE, SIZE], [flatten], {}, TensorProto.DOUBLE))
    model = onnx.load(mirror(path, ["N", 3, SIZE, SIZE]))
    model.graph.output.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, None))
    model.graph.node.append(helper.make_node("Relu", ["pictures"], ["more"]))
    onnx.save(model, path)
    with pytest.raises(ReenactError, match="has 1 inputs and 2 outputs, not one of each"):
        embed(path)


def test_outputs_that_are_no_rows_are_refused(tmp_path: Path):
    path, shape = tmp_path / "net.onnx", ["N", 3, SIZE, SIZE]
    for node in (helper.make_node("Relu", ["pictures"], ["embeddings"]), helper.make_node("Flatten", ["pictures"], ["embeddings"], axis=0)):
        with pytest.raises(ReenactError, match=r"turns \(2, 3, 32, 32\) into \(.*\), not into a row a picture"):
            embed(write(path, shape, [node], {}))


def test_a_network_that_fails_on_what_it_declares_is_refused(tmp_path: Path):
    weights = np.ones((5, 4), np.float32)
    with pytest.raises(ReenactError, match=r"net\.onnx is damaged"):
        embed(recogniser(tmp_path / "net.onnx", ["N", 3, SIZE, SIZE], weights, np.ones(4, np.float32)))


def test_landmarks_without_extent_are_refused(tmp_path: Path):
    network = OnnxFace(mirror(tmp_path / "mirror.onnx", ["N", 3, SIZE, SIZE]), SIZE, *PLAIN, "rgb", "box")
    for bad in (np.nan, np.inf):
        landmarks = faces(2)
        landmarks[1, 7, 0] = bad
        with pytest.raises(ReenactError, match="not finite or have no extent; leave such frames out"):
            network.embed([ramps()] * 2, landmarks)
    with pytest.raises(ReenactError, match="no extent"):
        network.embed([ramps()], np.full((1, 68, 2), 50.0))
    with pytest.raises(ValueError, match="landmarks must be of shape"):
        network.embed([ramps()], faces(2))


def test_without_onnx_runtime_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = mirror(tmp_path / "mirror.onnx", ["N", 3, SIZE, SIZE])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ReenactError, match=r"needs ONNX Runtime: `pip install 'portrait-reenact\[onnx\]'`"):
        OnnxFace(path, SIZE, *PLAIN, "rgb", "box")


def test_onnx_runtime_is_imported_for_those_alone_who_have_such_a_network():
    code = "import sys, reenact.metrics.backends.onnx_face; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
