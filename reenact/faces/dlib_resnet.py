"""dlib's face descriptor network in PyTorch, which computes it many times faster on a processor than dlib does."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reenact.faces.dlib_layers import BLOCKS, CHANNEL_MEANS, CHIP_SIDE, Convolution, FaceWeights


class FaceResNet(nn.Module):
    """Face chips (N, 150, 150, 3) uint8 RGB -> (N, 128) float32.

    An embedding depends on the other chips of the batch, and on the number of threads, by no more than float32's rounding.
    """

    def __init__(self, weights: FaceWeights) -> None:
        super().__init__()
        self.first = FixedConvolution(weights.first, stride=2)
        self.blocks = nn.Sequential(*(Block(*pair, shape.halves) for pair, shape in zip(weights.blocks, BLOCKS, strict=True)))
        self.projection = nn.Buffer(torch.from_numpy(weights.projection))
        self.means = nn.Buffer(torch.tensor(CHANNEL_MEANS))

    def forward(self, chips: Tensor) -> Tensor:
        """See the class."""
        images = ((chips - self.means) / 256).permute(0, 3, 1, 2)  # channels last in memory, as the weights are
        features = self.blocks(F.max_pool2d(self.first(images).relu_(), kernel_size=3, stride=2))
        return features.mean(dim=(2, 3)) @ self.projection

    @torch.inference_mode()
    def embed(self, chips: np.ndarray) -> np.ndarray:
        """As `forward`, of arrays. ValueError where the chips have another shape or type."""
        if chips.shape[1:] != (CHIP_SIDE, CHIP_SIDE, 3) or chips.dtype != np.uint8:
            raise ValueError(f"face chips must be (N, {CHIP_SIDE}, {CHIP_SIDE}, 3) uint8, not {chips.shape} {chips.dtype}")
        return self(torch.from_numpy(chips)).numpy()


class FixedConvolution(nn.Module):
    """(N, inputs, H, W) -> (N, filters, H', W'). Unlike PyTorch's own layer it draws nothing from the random generator when made."""

    def __init__(self, weights: Convolution, stride: int) -> None:
        super().__init__()
        self.stride = stride
        # dlib pads by half the filter where the stride is 1, and not at all where it is larger.
        self.padding = weights.weight.shape[-1] // 2 if stride == 1 else 0
        self.weight = nn.Buffer(torch.from_numpy(weights.weight).contiguous(memory_format=torch.channels_last))
        self.bias = nn.Buffer(torch.from_numpy(weights.bias))

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        return F.conv2d(images, self.weight, self.bias, self.stride, self.padding)


class Block(nn.Module):
    """A residual block, (N, inputs, H, W) -> (N, channels, H', W'); one that halves takes the mean of every 2×2 places around it."""

    def __init__(self, one: Convolution, two: Convolution, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        self.one = FixedConvolution(one, stride=2 if halves else 1)
        self.two = FixedConvolution(two, stride=1)

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        change = self.two(self.one(images).relu_())
        return _sum(change, F.avg_pool2d(images, 2)).relu_() if self.halves else change.add_(images).relu_()


def _sum(a: Tensor, b: Tensor) -> Tensor:
    """dlib's sum of maps of different sizes: each goes on with zeros, to the right, below and in further channels."""
    channels, height, width = (max(sizes) for sizes in zip(a.shape[1:], b.shape[1:], strict=True))
    one, two = (F.pad(x, (0, width - x.shape[3], 0, height - x.shape[2], 0, channels - x.shape[1])) for x in (a, b))
    return one + two
