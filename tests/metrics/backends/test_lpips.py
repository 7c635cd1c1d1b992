"""The published heads, on a backbone of AlexNet's shapes with random weights."""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import torch

from reenact.errors import ReenactError
from reenact.metrics.backends.lpips import Lpips

pytest.importorskip("torchmetrics", reason="the published heads")

# Of AlexNet: the layer's number, channels in and out, the kernel's side, stride, padding.
CONVOLUTIONS = ((0, 3, 64, 11, 4, 2), (3, 64, 192, 5, 1, 2), (6, 192, 384, 3, 1, 1), (8, 384, 256, 3, 1, 1), (10, 256, 256, 3, 1, 1))
POOLED_AFTER = (0, 3)


def backbone(path: Path, seed: int = 0) -> str:
    """Write random weights under torchvision's names, the classifier's among them; their SHA-256."""
    generator = torch.Generator().manual_seed(seed)
    weights = {"classifier.6.bias": torch.zeros(1000)}
    for layer, before, after, side, _, _ in CONVOLUTIONS:
        weights[f"features.{layer}.weight"] = torch.randn(after, before, side, side, generator=generator) / (before * side**2) ** 0.5
        weights[f"features.{layer}.bias"] = torch.randn(after, generator=generator) / 10
    torch.save(weights, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alexnet") / "alexnet.pth"
    backbone(path)
    return path


@pytest.fixture(scope="module")
def network(path: Path) -> Lpips:
    return Lpips(path, hashlib.sha256(path.read_bytes()).hexdigest()[:8])


def pictures(count: int, side: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def plain_features(weights: dict[str, np.ndarray], image: np.ndarray) -> list[np.ndarray]:
    """(C, H, W) after each ReLU, by scipy's correlation."""
    maps = ((image / 127.5 - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]).transpose(2, 0, 1)
    found = []
    for layer, _, _, _, stride, padding in CONVOLUTIONS:
        padded = np.pad(maps, ((0, 0), (padding, padding), (padding, padding)))
        sums = [scipy.signal.correlate(padded, kernel, "valid")[0, ::stride, ::stride] for kernel in weights[f"features.{layer}.weight"]]
        maps = np.maximum(np.stack(sums) + weights[f"features.{layer}.bias"][:, None, None], 0)
        found.append(maps)
        if layer in POOLED_AFTER:
            windows = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), axis=(1, 2))
            maps = windows[:, ::2, ::2].max(axis=(3, 4))
    return found


def plain_distance(weights: dict[str, np.ndarray], heads: list[np.ndarray], a: np.ndarray, b: np.ndarray) -> float:
    total = 0.0
    for x, y, head in zip(plain_features(weights, a), plain_features(weights, b), heads, strict=True):
        units = [maps / (np.sqrt((maps**2).sum(axis=0)) + 1e-10) for maps in (x, y)]
        total += np.einsum("c,chw->hw", head, (units[0] - units[1]) ** 2).mean()
    return total


def test_distances_agree_with_the_formula_written_plainly(path: Path, network: Lpips):
    a, b = pictures(2, 48), pictures(2, 48, seed=1)
    b[1] = np.clip(a[1].astype(int) + 40, 0, 255)
    weights = {name: value.double().numpy() for name, value in torch.load(path, weights_only=True).items()}
    wheel = Path(importlib.util.find_spec("torchmetrics").origin).parent
    published = torch.load(wheel / "functional" / "image" / "lpips_models" / "alex.pth", map_location="cpu", weights_only=True)
    heads = [value.double().numpy().ravel() for _, value in sorted(published.items())]
    distances = network.distances(a, b)
    assert distances.shape == (2,) and distances.dtype == np.float32
    np.testing.assert_allclose(distances, [plain_distance(weights, heads, *pair) for pair in zip(a, b, strict=True)], rtol=1e-4)
    assert distances[0] > 2 * distances[1] > 0


def test_equal_pictures_are_at_no_distance_and_either_may_be_first(network: Lpips):
    a, b = pictures(34), pictures(34, seed=1)
    assert np.array_equal(network.distances(a, a.copy()), np.zeros(34, np.float32))
    distances = network.distances(a, b)
    assert distances.min() > 0
    np.testing.assert_allclose(network.distances(b, a), distances, rtol=1e-5)
    np.testing.assert_allclose(network.distances(a[33:], b[33:]), distances[33:], rtol=1e-4)
    assert network.distances([], []).shape == (0,)


def test_a_black_picture_is_at_a_finite_distance(network: Lpips):
    assert np.isfinite(network.distances(np.zeros((1, 64, 64, 3), np.uint8), pictures(1))).all()


def test_a_pickled_copy_is_small_and_gives_the_same(network: Lpips):
    a, b = pictures(2), pictures(2, seed=1)
    distances, sent = network.distances(a, b), pickle.dumps(network)
    assert len(sent) < 2000
    assert np.array_equal(pickle.loads(sent).distances(a, b), distances)


def test_the_card_names_both_files(path: Path, network: Lpips):
    about = network.about()
    assert set(about) == {"backend", "version", "weights", "input"} and about["backend"] == "lpips-0.1-alex"
    first, second = about["weights"].split("; ")
    assert first == f"alexnet.pth, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert second == "alex.pth, SHA-256 df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"


def test_another_backbone_is_refused(path: Path, tmp_path: Path):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ReenactError, match=f"its SHA-256 is {found}, not one that begins with 7be5be79; let evaluate.lpips_backbone"):
        Lpips(path)
    with pytest.raises(ReenactError, match=r"missing; let evaluate\.lpips_backbone name torchvision's alexnet-owt-7be5be79\.pth"):
        Lpips(tmp_path / "none.pth")


def test_other_numbers_of_pictures_are_refused(network: Lpips):
    with pytest.raises(ValueError, match="3 pictures cannot be compared with 2"):
        network.distances(pictures(3), pictures(2))
