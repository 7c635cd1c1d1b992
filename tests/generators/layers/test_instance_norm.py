from __future__ import annotations

import pytest
import torch
from torch import Tensor

from reenact.generators.layers.instance_norm import InstanceNorm

FORMATS = (torch.contiguous_format, torch.channels_last)


def by_hand(features: Tensor) -> Tensor:
    mean, variance = features.mean((2, 3), keepdim=True), features.var((2, 3), unbiased=False, keepdim=True)
    return (features - mean) / (variance + 1e-5).sqrt()


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("memory", FORMATS)
@pytest.mark.parametrize("memory_of_gradient", FORMATS)
def test_output_and_gradients_are_those_of_the_formula(samples, memory, memory_of_gradient):
    torch.manual_seed(0)
    features, slope = torch.randn(2, samples, 6, 5, 4)
    own, other = (values.requires_grad_() for values in (features.clone().to(memory_format=memory), features.clone()))
    layer = InstanceNorm(6, affine=True)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(6)), layer.bias.copy_(torch.randn(6))
    weight, bias = (value.detach().clone().view(1, 6, 1, 1).requires_grad_() for value in (layer.weight, layer.bias))
    normalised, expected = layer(own), by_hand(other) * weight + bias
    torch.testing.assert_close(normalised, expected)
    normalised.backward(slope.to(memory_format=memory_of_gradient))
    expected.backward(slope)
    for got, wanted in ((own, other), (layer.weight, weight), (layer.bias, bias)):
        torch.testing.assert_close(got.grad.flatten(), wanted.grad.flatten(), rtol=1e-4, atol=1e-5)
