"""The network beside dlib's own, and what of its file is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.faces.detector import detect
from reenact.faces.dlib_file import DlibFile
from reenact.faces.dlib_layers import read_face_weights
from reenact.faces.dlib_resnet import FaceResNet
from reenact.faces.embedding import FaceEmbedder, face_chip
from reenact.faces.landmarks import predict
from reenact.faces.model_files import embedding_model_path, landmark_model_path


@pytest.fixture(scope="module")
def network() -> FaceResNet:
    return FaceResNet(read_face_weights(embedding_model_path()))


@pytest.fixture(scope="module")
def faces(portraits: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures of faces, sharp and blurred, as they are, tilted, and dark; and the landmarks in them."""
    images, landmarks = [], []
    for portrait in portraits:
        points = predict(portrait, detect(portrait)[0].box)
        for size, degrees, brightness in ((256, 0, 1.0), (64, 0, 1.0), (500, 30, 1.0), (128, -20, 0.4)):
            matrix = np.add(cv2.getRotationMatrix2D((127.5, 127.5), degrees, size / 256), (0, 0, (size - 256) / 2))
            drawn = cv2.warpAffine(portrait, matrix, (size, size), flags=cv2.INTER_AREA)
            images.append(cv2.convertScaleAbs(drawn, alpha=brightness))
            landmarks.append(points @ matrix[:, :2].T + matrix[:, 2])
    return images, np.array(landmarks)


@pytest.fixture(scope="module")
def chips(faces: tuple[list[np.ndarray], np.ndarray]) -> np.ndarray:
    """Face chips, noise, and pictures of one colour."""
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 256, (150, 150, 3), np.uint8) for _ in range(4)]
    coarse = [cv2.resize(rng.integers(0, 256, (5, 5, 3), np.uint8), (150, 150), interpolation=cv2.INTER_CUBIC) for _ in range(2)]
    plain = [np.full((150, 150, 3), colour, np.uint8) for colour in ((0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255))]
    return np.stack([*map(face_chip, *faces), *noise, *coarse, *plain])


def by_dlib(chips: np.ndarray) -> np.ndarray:
    return np.array(dlib.face_recognition_model_v1(str(embedding_model_path())).compute_face_descriptor(list(chips)))


def test_it_computes_what_dlib_computes(network: FaceResNet, chips: np.ndarray) -> None:
    expected, found = by_dlib(chips), network.embed(chips)
    assert found.shape == (22, 128) and found.dtype == np.float32
    assert np.abs(found - expected).max() < 5e-6
    apart = np.linalg.norm(expected[:, None] - expected[None], axis=2)[~np.eye(22, dtype=bool)]
    assert apart.min() > 1e-3, "pictures that are alike show nothing"


def test_embeddings_of_pictures_are_dlibs_own_of_the_same_chips(faces: tuple[list[np.ndarray], np.ndarray], chips: np.ndarray) -> None:
    assert np.abs(FaceEmbedder().embed(*faces) - by_dlib(chips[:12])).max() < 5e-6


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_a_face_has_the_same_embedding_in_any_company(network: FaceResNet, chips: np.ndarray, batch: int) -> None:
    parts = [network.embed(chips[start : start + batch]) for start in range(0, len(chips), batch)]
    assert np.abs(np.concatenate(parts) - network.embed(chips)).max() < 2e-6


def test_chips_of_another_size_or_type_are_refused(network: FaceResNet, chips: np.ndarray) -> None:
    for wrong in (chips[:, :140], chips[0], chips.astype(np.float32)):
        with pytest.raises(ValueError, match="face chips"):
            network.embed(wrong)


def test_faces_are_followed_without_pytorch_until_an_embedding_is_needed() -> None:
    code = "import sys, reenact.faces.track, reenact.faces.embedding; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_random_draws_are_as_without_it() -> None:
    """What a program draws must not depend on when the network is first needed."""
    before = torch.get_rng_state()
    FaceResNet(read_face_weights(embedding_model_path()))
    assert torch.equal(torch.get_rng_state(), before)


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[:-1],
    "cut off in the weights": lambda content: content[:1_000_000],
    "empty": lambda _: b"",
    "goes on": lambda content: content + b"\0",
    "another layer": lambda content: content.replace(b"relu_", b"elu__", 1),
    "another mean": lambda content: content.replace(b"\x03\x62\x90\xf5\x81\x11", b"\x03\x62\x90\xf4\x81\x11", 1),
    "another size": lambda content: content.replace(b"\x01\x96\x01\x96", b"\x01\x96\x01\x95", 1),
    "another pooling": lambda content: content.replace(b"max_pool_2\x01\x03", b"max_pool_2\x01\x02", 1),
    "no flag": lambda content: content.replace(b"110", b"210", 1),
    "an integer of sixteen bytes": lambda content: b"\x10" + content[1:],
    "an infinite number": lambda content: content.replace(b"\x03\x62\x90\xf5\x81\x11", b"\x01\x00\x02\x00\x7d", 1),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_file_that_is_not_exactly_the_network_is_refused(tmp_path: Path, edit: Callable[[bytes], bytes]) -> None:
    content = embedding_model_path().read_bytes()
    path = tmp_path / "other.dat"
    path.write_bytes(edit(content))
    assert path.read_bytes() != content
    with pytest.raises(ReenactError, match=r"other\.dat is not the model it should be \(at byte \d+ .*pip install"):
        read_face_weights(path)


def test_another_model_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReenactError, match="is not the model it should be"):
        read_face_weights(landmark_model_path())
    with pytest.raises(ReenactError, match="is missing; `pip install"):
        read_face_weights(tmp_path / "none.dat")


def test_integers_and_numbers_are_read_as_dlib_writes_them(tmp_path: Path) -> None:
    """dlib's own objects, pickled in its format."""
    path = tmp_path / "written.dat"
    integers = [0, -1, 255, 256, -70000, 2**31 - 1]
    numbers = [0.5, -3.0, 0.1, 0.0, 1e200, -5e-324, math.pi, 2.0**60]
    pairs = zip(integers[::2], integers[1::2], strict=True)
    path.write_bytes(b"".join(dlib.point(*pair).__getstate__()[0] for pair in pairs) + dlib.vector(numbers).__getstate__()[0])
    file = DlibFile(path)
    assert [file.integer() for _ in integers] == integers
    assert file.integer() == -len(numbers)
    file.integer()  # columns
    assert [file.number() for _ in numbers] == numbers
    file.end()
