"""Pix2PixHD's generator and discriminators: shapes, layers, and the generator written out as a function of its weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from reenact.config.networks import Pix2PixHDParams
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.pix2pixhd.discriminators import Discriminators, PatchDiscriminator
from reenact.generators.pix2pixhd.model import Pix2PixHD


@pytest.fixture
def network(params) -> Pix2PixHD:
    torch.manual_seed(0)
    return Pix2PixHD(params.pix2pixhd)


def generate(network: Pix2PixHD, image: Tensor, drawn: Tensor, wanted: Tensor) -> Tensor:
    points = torch.zeros(len(image), 68, 2)  # it reads the landmark images alone
    return network(TargetInput(image, drawn, points), WantedInput(wanted, points))


def normalised(x: Tensor) -> Tensor:
    mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), keepdim=True, unbiased=False)
    return (x - mean) / (variance + 1e-5).sqrt()


def reflected(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    side = weight.shape[-1] // 2
    return F.conv2d(F.pad(x, (side,) * 4, "reflect"), weight, bias)


@torch.no_grad()
def test_an_image_follows_from_the_weights_in_a_file(network):
    """7×7, two halvings, two residual blocks, two doublings, 7×7 and tanh, of all nine channels."""
    weights = {name.removeprefix("layers."): tensor for name, tensor in network.state_dict().items()}
    for tensor in weights.values():  # large enough that each layer shows
        tensor.mul_(5)
    image, drawn, wanted = torch.rand(3, 2, 3, 64, 32) * 2 - 1
    x = normalised(reflected(torch.cat([image, drawn, wanted], 1), weights["0.0.weight"])).relu()
    for layer in (1, 2):
        x = normalised(F.conv2d(x, weights[f"{layer}.0.weight"], stride=2, padding=1)).relu()
    assert x.shape == (2, 32, 16, 8)
    for layer in (3, 4):
        inner = normalised(reflected(x, weights[f"{layer}.layers.0.0.weight"])).relu()
        x = x + normalised(reflected(inner, weights[f"{layer}.layers.1.weight"]))
    for layer in (5, 6):
        x = normalised(F.conv_transpose2d(x, weights[f"{layer}.0.weight"], stride=2, padding=1, output_padding=1)).relu()
    expected = reflected(x, weights["7.weight"], weights["7.bias"]).tanh()
    torch.testing.assert_close(generate(network, image, drawn, wanted), expected, atol=1e-4, rtol=1e-3)


@torch.no_grad()
def test_the_published_sizes():
    """Widths 64 to 1024, nine blocks: 182.4 million weights without those of the biases that normalisation takes away."""
    with torch.device("meta"):
        network = Pix2PixHD(Pix2PixHDParams(image_size=256, width=64, downsamplings=4, residual_blocks=9))
    kernels = 9 * 64 * 49 + 9 * (64 * 128 + 128 * 256 + 256 * 512 + 512 * 1024) * 2 + 9 * 2 * 9 * 1024**2 + 64 * 3 * 49 + 3
    assert sum(weight.numel() for weight in network.parameters()) == kernels


@torch.no_grad()
def test_what_is_encoded_of_one_target_serves_many_frames(network):
    image, drawn = torch.rand(2, 1, 3, 64, 64) * 2 - 1
    wanted = torch.rand(3, 3, 64, 64) * 2 - 1
    encoded = network.encode(TargetInput(image, drawn, torch.zeros(1, 68, 2)))
    reused = network.translate(WantedInput(wanted, torch.zeros(3, 68, 2)), encoded)
    for k in range(3):
        torch.testing.assert_close(reused[k : k + 1], generate(network, image, drawn, wanted[k : k + 1]), atol=1e-5, rtol=1e-4)


def test_every_weight_gets_a_gradient(params, network):
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    seen = torch.rand(2, 9, 64, 64)
    discriminators = Discriminators(params.pix2pixhd)
    sum(scale[-1].square().mean() for scale in discriminators(seen, generate(network, images, images.flip(3), images.flip(2)))).backward()
    for module in (network, discriminators):
        assert [name for name, weight in module.named_parameters() if weight.grad is None or not weight.grad.abs().sum()] == []


@torch.no_grad()
@pytest.mark.parametrize("scales", [1, 2, 3])
def test_each_scale_sees_half_the_size_of_the_one_before(scales):
    config = Pix2PixHDParams(image_size=128, discriminator_width=4, discriminator_scales=scales)
    judged = Discriminators(config)(torch.rand(2, 9, 128, 128), torch.rand(2, 3, 128, 128))
    for number, layers in enumerate(judged):
        side = 128 // 2**number
        expected = [(2, 4, side // 2), (2, 8, side // 4), (2, 16, side // 8), (2, 32, side // 16), (2, 1, side // 16)]
        assert [tuple(layer.shape[:3]) for layer in layers] == expected
    assert len(judged) == scales


@torch.no_grad()
def test_coarser_scales_judge_averages(params):
    """The second discriminator gets every second place of 3×3 means; at the border, means of what is there."""
    discriminators = Discriminators(params.pix2pixhd)
    given = []
    discriminators.scales[1].register_forward_pre_hook(lambda module, inputs: given.append(inputs[0]))
    seen, image = torch.rand(1, 9, 64, 64), torch.rand(1, 3, 64, 64)
    discriminators(seen, image)
    both = torch.cat([seen, image], 1)
    assert given[0].shape == (1, 12, 32, 32)
    torch.testing.assert_close(given[0][:, :, 5, 7], both[:, :, 9:12, 13:16].mean((2, 3)))
    torch.testing.assert_close(given[0][:, :, 0, 0], both[:, :, :2, :2].mean((2, 3)))


@torch.no_grad()
def test_discriminators_judge_an_image_by_what_the_generator_saw(params):
    torch.manual_seed(0)
    discriminators, image = Discriminators(params.pix2pixhd), torch.rand(1, 3, 64, 64)
    scores = [discriminators(seen, image)[0][-1] for seen in torch.rand(2, 1, 9, 64, 64)]
    assert not torch.allclose(scores[0], scores[1], rtol=0.01)


@torch.no_grad()
def test_a_score_is_of_a_patch_of_78_pixels():
    """Without normalisation, which looks at the whole picture."""
    discriminator = PatchDiscriminator(4)
    plain = torch.nn.Sequential(
        *(torch.nn.Sequential(layer[0], layer[-1]) for layer in discriminator.layers[:-1]), discriminator.layers[-1]
    )
    with torch.enable_grad():
        images = torch.rand(1, 12, 160, 160, requires_grad=True)
        plain(images)[0, 0, 5, 5].backward()
    rows = images.grad[0].abs().sum((0, 2)).nonzero()
    assert rows.max() - rows.min() + 1 == 78


@torch.no_grad()
def test_first_weights_are_small():
    """Standard deviation 0.02, of convolutions and transposed ones."""
    torch.manual_seed(0)
    network = Pix2PixHD(Pix2PixHDParams(width=32))
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05) and abs(layer.weight.mean().item()) < 0.002
