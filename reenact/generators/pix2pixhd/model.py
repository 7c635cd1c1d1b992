"""Pix2PixHD's global generator (arXiv 1711.11585, Section 3.2 and appendix)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from reenact.config.networks import Pix2PixHDParams
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.layers.image_size import check_size
from reenact.generators.layers.instance_norm import InstanceNorm
from reenact.generators.network import Network

SEEN = 9  # channels: the target, its landmark image and the wanted landmark image


def draw_weights(network: nn.Module) -> None:
    """Draw convolution weights from a Gaussian of mean 0 and standard deviation 0.02, as published."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)


def normalised(layer: nn.Module, width: int) -> nn.Sequential:
    """`layer`, instance normalisation and ReLU. The layer needs no bias: the normalisation takes it away."""
    return nn.Sequential(layer, InstanceNorm(width), nn.ReLU())


def double(width: int, next_width: int) -> nn.ConvTranspose2d:
    """(B, width, H, W) -> (B, next_width, 2H, 2W)."""
    return nn.ConvTranspose2d(width, next_width, 3, stride=2, padding=1, output_padding=1, bias=False)


class Residual(nn.Module):
    """A residual block: two 3×3 convolutions, no activation after the sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            normalised(nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect", bias=False), width),
            nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect", bias=False),
            InstanceNorm(width),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B, width, H, W) -> the same shape."""
        return features + self.layers(features)


class Pix2PixHD(Network):
    """Strided convolutions, residual blocks at the smallest size, transposed convolutions. Nothing is computed of a target alone.

    Images and landmark images are float32 RGB (B, 3, H, W) in [-1, 1], H and W multiples of 2^downsamplings (ReenactError otherwise).
    """

    def __init__(self, params: Pix2PixHDParams) -> None:
        super().__init__()
        self.downsamplings = params.downsamplings
        widths = [params.width * 2**level for level in range(params.downsamplings + 1)]
        self.layers = nn.Sequential(
            normalised(nn.Conv2d(SEEN, widths[0], 7, padding=3, padding_mode="reflect", bias=False), widths[0]),
            *(normalised(nn.Conv2d(w, coarser, 3, stride=2, padding=1, bias=False), coarser) for w, coarser in pairwise(widths)),
            *(Residual(widths[-1]) for _ in range(params.residual_blocks)),
            *(normalised(double(w, finer), finer) for w, finer in pairwise(reversed(widths))),
            nn.Conv2d(widths[0], 3, 7, padding=3, padding_mode="reflect"),
            nn.Tanh(),
        )
        draw_weights(self)

    def encode(self, target: TargetInput) -> Tensor:
        """Targets and their landmark images, as they are: (B, 6, H, W)."""
        check_size(target.image, self.downsamplings)
        return torch.cat((target.image, target.landmark_image), 1)

    def translate(self, wanted: WantedInput, encoded: Tensor) -> Tensor:
        """Images of the wanted landmarks. What was encoded of one target serves a whole batch."""
        image = wanted.landmark_image
        check_size(image, self.downsamplings)
        return self.layers(torch.cat((encoded.expand(len(image), -1, -1, -1), image), 1))
