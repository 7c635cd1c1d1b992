"""A small TorchScript network stands in for Inception-v3, which is called in the same way."""

from __future__ import annotations

import hashlib
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reenact.errors import ReenactError
from reenact.metrics.backends.inception import Inception


class StandIn(nn.Module):
    """Takes uint8 (N, 3, S, S) alone; its features are weighted sums of the channels' means."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.register_buffer("weights", torch.arange(3 * length).view(3, length) % 7 + 1.0)

    def forward(self, images: Tensor, return_features: bool = False) -> Tensor:
        assert images.dtype == torch.uint8 and images.shape[1] == 3
        features = images.float().mean((2, 3)) @ self.weights
        return features if return_features else features.softmax(1)


def saved(path: Path, length: int = 2048) -> str:
    """Write a stand-in; its SHA-256."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.script(StandIn(length)).save(str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def network(tmp_path: Path) -> Inception:
    path = tmp_path / "network.pt"
    return Inception(path, saved(path))


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3), np.uint8)


def test_features_are_the_networks_own_for_each_picture(network: Inception):
    images = pictures(70)
    features = network.features(images)
    assert features.shape == (70, 2048) and features.dtype == np.float32
    weights = np.arange(3 * 2048).reshape(3, 2048) % 7 + 1.0
    np.testing.assert_allclose(features, images.mean(axis=(1, 2)) @ weights, rtol=1e-5)
    assert np.array_equal(network.features(images), features)
    assert network.features([]).shape == (0, 2048)


def test_one_picture_that_stands_for_many_is_taken(network: Inception):
    many = np.broadcast_to(pictures(1), (3, 8, 8, 3))
    np.testing.assert_allclose(network.features(many), np.repeat(network.features(pictures(1)), 3, axis=0), rtol=1e-6)


def test_it_warns_of_nothing_and_a_pickled_copy_gives_the_same(network: Inception, capfd: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features = network.features(pictures(2))
        copy = pickle.loads(pickle.dumps(network))
        assert np.array_equal(copy.features(pictures(2)), features)
    assert capfd.readouterr() == ("", "")
    assert copy.about() == network.about()


def test_a_relative_path_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sha256 = saved(tmp_path / "network.pt")
    monkeypatch.chdir(tmp_path)
    network = Inception(Path("network.pt"), sha256)
    monkeypatch.chdir("/")
    assert network.features(pictures(1)).shape == (1, 2048)


def test_the_card_changes_with_the_weights(tmp_path: Path):
    cards = [Inception(tmp_path / "network.pt", saved(tmp_path / "network.pt", length)).about() for length in (4, 5)]
    assert cards[0]["weights"].startswith("network.pt, SHA-256 ") and cards[0]["weights"] != cards[1]["weights"]
    assert {card["backend"] for card in cards} == {"inception-2015-12-05"}


def test_another_file_is_refused_with_both_hashes(tmp_path: Path):
    path = tmp_path / "network.pt"
    found = saved(path)
    with pytest.raises(ReenactError, match=rf"its SHA-256 is {found}, not f58cb9b6ec323ed63459aa4fb441fe75.{{32}}; let"):
        Inception(path)
    with pytest.raises(ReenactError, match=r"missing; let evaluate\.inception name"):
        Inception(tmp_path / "none.pt")
    with pytest.raises(ReenactError, match=r"is a folder; let evaluate\.inception name"):
        Inception(tmp_path)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path):
    path = tmp_path / "network.pt"
    path.write_bytes(b"no TorchScript")
    with pytest.raises(ReenactError, match=r"network\.pt is damaged \(.*\); let evaluate\.inception"):
        Inception(path, hashlib.sha256(path.read_bytes()).hexdigest()).features(pictures(1))


def test_features_of_another_length_are_refused(tmp_path: Path):
    network = Inception(tmp_path / "network.pt", saved(tmp_path / "network.pt", 64))
    with pytest.raises(ReenactError, match=r"gives features of shape \(64,\), not \(2048,\)"):
        network.features(pictures(1))
