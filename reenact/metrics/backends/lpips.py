"""Learned perceptual image patch similarity (LPIPS) of version 0.1 with AlexNet (Zhang et al. 2018).

    LPIPS(a, b) = Σ_l mean_xy Σ_c w_lc (u_lc(a) - u_lc(b))²

with u_l the features of AlexNet's l-th convolution after its ReLU, at each place divided by their length over the channels, and w_l the
published heads, which were fitted to what people find alike. The heads come with the wheel torchmetrics, which is not imported. AlexNet's
weights are torchvision's file, which the user has.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from reenact.metrics.backends.networks import OpenedLate, Pictures, batches, channels_first, computing
from reenact.metrics.backends.weights import checked, in_wheel, named

BACKEND = "lpips-0.1-alex"
BACKBONE_SHA256 = "7be5be79"  # PyTorch writes the first digits into the names of its files
BACKBONE_REMEDY = "let evaluate.lpips_backbone name torchvision's alexnet-owt-7be5be79.pth, or null"
HEADS = "functional/image/lpips_models/alex.pth"
HEADS_SHA256 = "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"
HEADS_REMEDY = "`pip install 'portrait-reenact[lpips]'`"

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # LPIPS's own, of pixels in [-1, 1]
LEAST_LENGTH = 1e-10  # added to the lengths of features


class Convolution(NamedTuple):
    """One of AlexNet's: its number among torchvision's layers, its stride and padding, and whether maxima of 3 x 3 go before it."""

    layer: int
    stride: int
    padding: int
    pooled: bool


CONVOLUTIONS = (
    Convolution(0, 4, 2, False),
    Convolution(3, 1, 2, True),
    Convolution(6, 1, 1, True),
    Convolution(8, 1, 1, False),
    Convolution(10, 1, 1, False),
)


class Weights(NamedTuple):
    """backbone: torchvision's, by name. heads: (1, C, 1, 1) for each convolution of C channels."""

    backbone: dict[str, Tensor]
    heads: list[Tensor]


class Lpips(OpenedLate[Weights]):
    """Distances of pictures, as people perceive them. 0 for equal ones.

    It can be pickled, and opens the network when it is first used. backbone: AlexNet's weights. sha256: the first digits of their SHA-256.
    Raises ReenactError where a file is missing, cannot be read or is another.
    """

    def __init__(self, backbone: Path, sha256: str = BACKBONE_SHA256) -> None:
        self._backbone = backbone.absolute()
        self._backbone_sha256 = checked(self._backbone, sha256, BACKBONE_REMEDY)
        self._heads = in_wheel("torchmetrics", HEADS, HEADS_REMEDY)
        self._heads_sha256 = checked(self._heads, HEADS_SHA256, HEADS_REMEDY)

    def distances(self, a: Pictures, b: Pictures) -> np.ndarray:
        """Distances (N,) float32 between N pictures and N others, each (S, S, 3) uint8 RGB, all of one size.

        They depend on the size: pictures are compared as they are.
        """
        if len(a) != len(b):
            raise ValueError(f"{len(a)} pictures cannot be compared with {len(b)}")
        with computing():
            parts = [_distances(self._network, *pair).numpy() for pair in zip(batches(a), batches(b), strict=True)]
        return np.concatenate([np.empty(0, np.float32), *parts])

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        return {
            "backend": BACKEND,
            "version": f"LPIPS 0.1, heads of torchmetrics {version('torchmetrics')}, torch {torch.__version__}",
            "weights": f"{named(self._backbone, self._backbone_sha256)}; {named(self._heads, self._heads_sha256)}",
            "input": "the whole picture at its own size, RGB in [-1, 1], shifted and scaled by LPIPS's constants",
        }

    def _open(self) -> Weights:
        backbone, heads = (torch.load(path, map_location="cpu", weights_only=True) for path in (self._backbone, self._heads))
        return Weights(backbone, [heads[f"lin{number}.model.1.weight"] for number in range(len(CONVOLUTIONS))])


def _distances(weights: Weights, a: np.ndarray, b: np.ndarray) -> Tensor:
    """(B,) of two batches (B, S, S, 3) uint8."""
    pairs = zip(_features(weights.backbone, a), _features(weights.backbone, b), weights.heads, strict=True)
    return torch.stack([(head * (x - y) ** 2).sum(1).mean((1, 2)) for x, y, head in pairs]).sum(0)


def _features(backbone: dict[str, Tensor], batch: np.ndarray) -> Iterator[Tensor]:
    """Features (B, C, H, W) of length 1 over the channels, after each convolution."""
    shift, scale = (torch.tensor(values).view(1, 3, 1, 1) for values in (SHIFT, SCALE))
    maps = (channels_first(batch).float() / 127.5 - 1 - shift) / scale
    for layer, stride, padding, pooled in CONVOLUTIONS:
        if pooled:
            maps = F.max_pool2d(maps, 3, stride=2)
        maps = F.conv2d(maps, backbone[f"features.{layer}.weight"], backbone[f"features.{layer}.bias"], stride, padding).relu()
        yield maps / (torch.linalg.vector_norm(maps, dim=1, keepdim=True) + LEAST_LENGTH)
