"""Pix2PixHD's multi-scale discriminators (arXiv 1711.11585, Section 3.2 and appendix)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reenact.config.networks import Pix2PixHDParams
from reenact.generators.layers.instance_norm import InstanceNorm
from reenact.generators.pix2pixhd.model import SEEN, draw_weights

SLOPE = 0.2  # of LeakyReLU


class PatchDiscriminator(nn.Module):
    """Judges patches of 78×78 pixels, near the published 70×70: four 4×4 stride-2 convolutions, and a 3×3 convolution to scores."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(4)]
        first = nn.Sequential(nn.Conv2d(SEEN + 3, width, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE))
        further = (
            nn.Sequential(nn.Conv2d(w, wider, 4, stride=2, padding=1, bias=False), InstanceNorm(wider), nn.LeakyReLU(SLOPE))
            for w, wider in pairwise(widths)
        )
        self.layers = nn.ModuleList([first, *further, nn.Conv2d(widths[-1], 1, 3, padding=1)])

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 12, H, W) -> what each layer gives, the scores (B, 1, H/16, W/16) last."""
        given = []
        for layer in self.layers:
            images = layer(images)
            given.append(images)
        return given


class Discriminators(nn.Module):
    """The same discriminator at several scales, each with weights of its own. They are not exported."""

    def __init__(self, params: Pix2PixHDParams) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(params.discriminator_width) for _ in range(params.discriminator_scales))
        draw_weights(self)

    def forward(self, seen: Tensor, image: Tensor) -> list[list[Tensor]]:
        """What the generator saw (B, 9, H, W), and a true or generated image (B, 3, H, W) -> of each scale, finest first, its layers."""
        images = torch.cat((seen, image), 1)
        judged = []
        for discriminator in self.scales:
            judged.append(discriminator(images))
            images = F.avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
        return judged
