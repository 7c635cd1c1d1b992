"""Instance normalisation that learns rightly from a single sample."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def instance_norm(features: Tensor, weight: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
    """(B, C, H, W): each channel of each sample normalised over its places, then scaled and shifted by (C,) if they are given.

    On CPUs PyTorch's own has wrong gradients for one sample whose gradient comes channels-last (2.13 has). So one that learns is
    normalised in groups of one channel, which is the same.
    """
    if len(features) == 1 and torch.is_grad_enabled():
        return F.group_norm(features, features.shape[1], weight, bias)
    return F.instance_norm(features, weight=weight, bias=bias)


class InstanceNorm(nn.InstanceNorm2d):
    """`instance_norm` as a layer."""

    def forward(self, input: Tensor) -> Tensor:
        return instance_norm(input, self.weight, self.bias)
