from __future__ import annotations

import math

import pytest
import torch

from reenact.generators.layers.unet import initialise, up


def test_the_first_variance_is_that_of_a_slope_of_02():
    """To a hundredth: without a slope it would be a fiftieth larger."""
    torch.manual_seed(0)
    level = up(256, 256, "none")
    initialise(level)
    flat, double = level[0][0], level[1][0]
    assert flat.weight.std().item() == pytest.approx(math.sqrt(2 / 1.04 / (256 * 9)), rel=0.01)
    assert (double.weight[:, :, 2, 2] / 0.75**2).std().item() == pytest.approx(math.sqrt(2 / 1.04 / 256), rel=0.01)
