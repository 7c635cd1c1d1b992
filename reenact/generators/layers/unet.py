"""The levels of the U-Nets: down-convolutions, skip joins and up-convolutions (paper, Section 6)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reenact.generators.layers.instance_norm import InstanceNorm

LEVELS = 4  # each halves the image
SLOPE = 0.2  # of LeakyReLU


def activated(layer: nn.Module, width: int, normalisation: str) -> nn.Sequential:
    """`layer`, normalised where asked, and LeakyReLU."""
    norm = [InstanceNorm(width, affine=True)] if normalisation == "instance" else []
    return nn.Sequential(layer, *norm, nn.LeakyReLU(SLOPE, inplace=True))


class Down(nn.Module):
    """The down-convolution path: at each level a 4×4 stride-2 and a 3×3 convolution."""

    def __init__(self, channels: int, widths: Sequence[int], normalisation: str = "none") -> None:
        super().__init__()
        levels = []
        for before, width in zip((channels, *widths), widths, strict=False):
            halve = activated(nn.Conv2d(before, width, 4, stride=2, padding=1), width, normalisation)
            flat = activated(nn.Conv2d(width, width, 3, padding=1), width, normalisation)
            levels.append(nn.Sequential(halve, flat))
        self.levels = nn.ModuleList(levels)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, channels, H, W) -> features of each level, finest first: (B, widths[i], H/2^(i+1), W/2^(i+1))."""
        features = []
        for level in self.levels:
            image = level(image)
            features.append(image)
        return features


class Join(nn.Module):
    """A skip connection: features from below and from across, through a 1×1 convolution back to the level's width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(2 * width, width, 1)

    def forward(self, below: Tensor, across: Tensor) -> Tensor:
        """Twice (B, width, H, W) -> (B, width, H, W)."""
        # The convolution of both, one after the other: neither is copied, and a 1×1 convolution is a linear map at every place.
        of_below, of_across = self.mix.weight.flatten(1).chunk(2, 1)
        mixed = F.linear(below.permute(0, 2, 3, 1), of_below, self.mix.bias) + F.linear(across.permute(0, 2, 3, 1), of_across)
        return mixed.permute(0, 3, 1, 2)


def initialise(network: nn.Module) -> None:
    """Draw convolution weights so that the features of every level have about unit variance (He et al.), and zero the biases.

    PyTorch's own start shrinks the features at every layer. In the end the dictionary's keys, and with them its softmax, say nothing.
    Transposed convolutions start as bilinear interpolation with random mixing of the channels. With weights drawn pixel by pixel the
    pictures keep a chequered grain for hundreds of iterations.
    """
    gain = nn.init.calculate_gain("leaky_relu", SLOPE)
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    bilinear = line[:, None] * line  # (4, 4), for stride 2
    for layer in network.modules():
        if isinstance(layer, nn.ConvTranspose2d):
            mixing = torch.randn(layer.in_channels, layer.out_channels, 1, 1) * gain / layer.in_channels**0.5
            layer.weight = nn.Parameter(mixing * bilinear)
        elif isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=SLOPE)
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
            nn.init.zeros_(layer.bias)


def up(width: int, next_width: int, normalisation: str) -> nn.Sequential:
    """(B, width, H, W) -> (B, next_width, 2H, 2W): a 3×3 convolution and a 4×4 stride-2 transposed convolution."""
    flat = activated(nn.Conv2d(width, width, 3, padding=1), width, normalisation)
    double = activated(nn.ConvTranspose2d(width, next_width, 4, stride=2, padding=1), next_width, normalisation)
    return nn.Sequential(flat, double)


def to_rgb(width: int, normalisation: str) -> nn.Sequential:
    """(B, width, H, W) -> RGB (B, 3, 2H, 2W) in [-1, 1]: the finest up level."""
    flat = activated(nn.Conv2d(width, width, 3, padding=1), width, normalisation)
    return nn.Sequential(flat, nn.ConvTranspose2d(width, 3, 4, stride=2, padding=1), nn.Tanh())
