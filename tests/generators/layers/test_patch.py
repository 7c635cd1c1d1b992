from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from reenact.errors import ReenactError
from reenact.generators.layers.patch import PatchNetwork


@torch.no_grad()
def test_patch_network_is_the_down_path_and_a_1x1_head():
    """Four levels of a 4×4 stride-2 and a 3×3 convolution, each with LeakyReLU."""
    torch.manual_seed(0)
    network, image = PatchNetwork((8, 8, 16, 16), 5), torch.rand(2, 3, 32, 64) * 2 - 1
    weights, x = network.state_dict(), image
    for level in range(4):
        halve, flat = (f"down.levels.{level}.{layer}.0" for layer in (0, 1))
        x = F.leaky_relu(F.conv2d(x, weights[f"{halve}.weight"], weights[f"{halve}.bias"], stride=2, padding=1), 0.2)
        x = F.leaky_relu(F.conv2d(x, weights[f"{flat}.weight"], weights[f"{flat}.bias"], padding=1), 0.2)
    expected = torch.einsum("oc,bchw->bohw", weights["head.weight"][:, :, 0, 0], x) + weights["head.bias"][:, None, None]
    assert expected.shape == (2, 5, 2, 4)
    torch.testing.assert_close(network(image), expected)


@pytest.mark.parametrize("shape", [(1, 3, 64, 72), (1, 3, 0, 64), (3, 64, 64)])
def test_sizes_that_cannot_be_halved_four_times_are_refused(shape):
    with pytest.raises(ReenactError, match="multiples of 16"):
        PatchNetwork((8, 8, 16, 16), 1)(torch.zeros(shape))
