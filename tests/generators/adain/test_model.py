"""AdaIN against its formula written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.generators.adain.model import AdaIN
from reenact.generators.adain.modulation import Modulation, ModulationReader
from reenact.generators.inputs import TargetInput, WantedInput


def by_hand(features: np.ndarray, values: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(1 + scale) · (x - mean) / deviation + shift of (B, C, H, W), with values (B, H, W, C), in float64."""
    result = np.empty_like(features)
    channels = features.shape[1]
    for b, c, i, j in np.ndindex(features.shape):
        plane = features[b, c]
        normalised = (plane[i, j] - plane.mean()) / np.sqrt(plane.var() + 1e-5)
        both = weight @ values[b, i, j] + bias
        result[b, c, i, j] = (1 + both[c]) * normalised + both[channels + c]
    return result


@pytest.fixture
def features() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(2, 3, 4, 5) * 3 + 1


@torch.no_grad()
def test_one_row_is_scale_and_shift_of_normalised_features(features):
    modulation, row = Modulation(3), torch.randn(2, 1, 3)
    values = np.broadcast_to(row.double().numpy()[:, :, None], (2, 4, 5, 3))
    weight, bias = (tensor.double().numpy() for tensor in (modulation.affine.weight, modulation.affine.bias))
    np.testing.assert_allclose(modulation(features, row).numpy(), by_hand(features.double().numpy(), values, weight, bias), atol=1e-5)


@torch.no_grad()
def test_the_full_dictionary_modulates_each_place_with_what_it_reads_there(features):
    reader, rows = ModulationReader(3, rows=6, tag_length=4), torch.randn(2, 6, 3)
    keys = torch.einsum("oc,bchw->bhwo", reader.reader.key.weight, features) + reader.reader.key.bias
    values = torch.einsum("bhwn,bnc->bhwc", (keys @ reader.reader.tags.T).softmax(3), rows).double().numpy()
    weight, bias = (tensor.double().numpy() for tensor in (reader.modulation.affine.weight, reader.modulation.affine.bias))
    np.testing.assert_allclose(reader(features, rows).numpy(), by_hand(features.double().numpy(), values, weight, bias), atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize(("dictionary", "rows"), [("one row", (1, 1, 1, 1)), ("full", (16, 12, 8, 6))])
def test_the_dictionary_has_one_row_or_all(params, dictionary, rows):
    network = AdaIN(params.adain.model_copy(update={"dictionary": dictionary}))
    image = torch.rand(2, 3, 64, 64) * 2 - 1
    encoded = network.encode(TargetInput(image, image, torch.zeros(2, 68, 2)))
    assert [tuple(level.shape) for level in encoded] == [(2, n, width) for n, width in zip(rows, (8, 8, 16, 16), strict=True)]
    assert network.translate(WantedInput(image, torch.zeros(2, 68, 2)), encoded).shape == image.shape
    assert len([name for name in network.state_dict() if name.endswith("affine.weight")]) == 4


@pytest.mark.parametrize("dictionary", ["one row", "full"])
def test_every_weight_gets_a_gradient(params, dictionary):
    torch.manual_seed(0)
    network = AdaIN(params.adain.model_copy(update={"dictionary": dictionary}))
    images, points = torch.rand(2, 3, 64, 64) * 2 - 1, torch.zeros(2, 68, 2)
    network(TargetInput(images, images.flip(3), points), WantedInput(images.flip(2), points)).square().mean().backward()
    assert [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.abs().sum()] == []
