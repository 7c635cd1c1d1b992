"""FD-GAN's networks against the same networks written out as functions of their weights."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from reenact.config.networks import FDGANParams
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.inputs import TargetInput, WantedInput


@pytest.fixture
def fdgan(small) -> FDGAN:
    torch.manual_seed(0)
    return FDGAN(small)


def generate(fdgan: FDGAN, image: Tensor, drawn: Tensor, wanted: Tensor) -> Tensor:
    points = torch.zeros(len(image), 68, 2)  # FD-GAN reads the landmark images alone
    return fdgan(TargetInput(image, drawn, points), WantedInput(wanted, points))


class Layers:
    """The weights of a network by the names that they have in a file."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.weights = network.state_dict()

    def conv(self, name: str, x: Tensor, **options: int) -> Tensor:
        return F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], **options)

    def double(self, name: str, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], stride=2, padding=1)

    def linear(self, name: str, x: Tensor) -> Tensor:
        """A 1×1 convolution of (B, C, H, W), as (B, H·W, out)."""
        places = x.flatten(2).transpose(1, 2)
        return places @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def down(self, name: str, x: Tensor) -> list[Tensor]:
        features = []
        for level in range(4):
            x = F.leaky_relu(self.conv(f"{name}.levels.{level}.0.0", x, stride=2, padding=1), 0.2)
            x = F.leaky_relu(self.conv(f"{name}.levels.{level}.1.0", x, padding=1), 0.2)
            features.append(x)
        return features

    def up_and_join(self, name: str, level: int, below: Tensor, across: Tensor) -> Tensor:
        x = F.leaky_relu(self.conv(f"{name}.ups.{level}.0.0", below, padding=1), 0.2)
        x = F.leaky_relu(self.double(f"{name}.ups.{level}.1.0", x), 0.2)
        return self.conv(f"{name}.joins.{level}.mix", torch.cat([x, across], 1))

    def written(self, name: str, x: Tensor) -> Tensor:
        """Eq. (8)."""
        share = torch.softmax(self.weights[f"{name}.tags"] @ self.linear(f"{name}.key", x).transpose(1, 2), 2)
        return share @ self.linear(f"{name}.value", x)

    def read(self, name: str, x: Tensor, rows: Tensor) -> Tensor:
        """Eq. (9), added to what was there."""
        share = torch.softmax(self.linear(f"{name}.key", x) @ self.weights[f"{name}.tags"].T, 2)
        return x + (share @ rows).transpose(1, 2).reshape(x.shape)


def by_hand(fdgan: FDGAN, image: Tensor, drawn: Tensor, wanted: Tensor) -> Tensor:
    layers = Layers(fdgan)
    across = layers.down("extractor.down", torch.cat([image, drawn], 1))
    x, rows = across[3], {3: layers.written("extractor.writers.3", across[3])}
    for level in (2, 1, 0):
        x = layers.up_and_join("extractor", level, x, across[level])
        rows[level] = layers.written(f"extractor.writers.{level}", x)
    across = layers.down("translator.down", wanted)
    x = layers.read("translator.readers.3", across[3], rows[3])
    for level in (2, 1, 0):
        x = layers.read(f"translator.readers.{level}", layers.up_and_join("translator", level, x, across[level]), rows[level])
    x = F.leaky_relu(layers.conv("translator.to_rgb.0.0", x, padding=1), 0.2)
    return torch.tanh(layers.double("translator.to_rgb.1", x))


@torch.no_grad()
def test_an_image_follows_from_the_weights_in_a_file(fdgan):
    """Every level, skip and slope in its place: whoever reads the exported weights gets the same picture."""
    for name, tensor in fdgan.state_dict().items():  # large enough that each layer shows, the biases too
        tensor.add_(torch.randn(tensor.shape) * (0.1 if name.endswith("bias") else 0.02))
    image, drawn, wanted = torch.rand(3, 2, 3, 64, 32) * 2 - 1
    torch.testing.assert_close(generate(fdgan, image, drawn, wanted), by_hand(fdgan, image, drawn, wanted), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_normalisation_stands_between_layer_and_activation(small):
    """With instance normalisation a level's features before the activation have mean 0 and variance 1 in each channel."""
    fdgan = FDGAN(small.model_copy(update={"normalisation": "instance"}))
    last_layers = [fdgan.translator.to_rgb[:1]]  # its last layer has neither
    for path in (fdgan.extractor.down.levels, fdgan.translator.down.levels, fdgan.extractor.ups, fdgan.translator.ups, last_layers):
        for level in path:
            for step in level:
                assert all(map(isinstance, step[1:], (torch.nn.InstanceNorm2d, torch.nn.LeakyReLU))) and len(step) == 3
                assert step[1].affine and step[1].num_features == step[0].out_channels
    assert not any(isinstance(module, torch.nn.InstanceNorm2d) for module in FDGAN(small).modules())


def test_first_weights_keep_the_variance_and_interpolate():
    """He's variance for a slope of 0.2; transposed kernels are bilinear; biases are zero."""
    torch.manual_seed(0)
    fdgan = FDGAN(FDGANParams(widths=(32, 64, 64, 64), rows=(8, 8, 8, 8)))
    gain = math.sqrt(2 / (1 + 0.2**2))
    for layer in (fdgan.extractor.down.levels[1][0][0], fdgan.translator.down.levels[3][1][0]):
        fan_in = layer.in_channels * layer.kernel_size[0] * layer.kernel_size[1]
        assert layer.weight.std().item() == pytest.approx(gain / math.sqrt(fan_in), rel=0.03)
        assert not layer.bias.any()
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    double = fdgan.translator.ups[1][1][0]
    mixing = double.weight[:, :, 1, 1] / 0.75**2
    torch.testing.assert_close(double.weight, mixing[:, :, None, None] * torch.outer(line, line))
    assert mixing.std().item() == pytest.approx(gain / math.sqrt(double.in_channels), rel=0.05)
    assert not double.bias.any()


@torch.no_grad()
def test_images_start_from_near_grey():
    """A tenth of full contrast."""
    torch.manual_seed(0)
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    fdgan = FDGAN(FDGANParams(image_size=64))
    generated = generate(fdgan, images, images, images)
    spread = generated.std().item()
    assert generated.abs().max() < 0.9 and 0.02 < spread < 0.3
    fdgan.translator.to_rgb[1].weight.mul_(10)
    last = fdgan.translator.to_rgb[1]
    assert last.weight[:, :, 1, 1].std().item() == pytest.approx(0.75**2 * math.sqrt(2 / 1.04) / math.sqrt(last.in_channels), rel=0.3)
