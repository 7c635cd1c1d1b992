"""The target warped by the spline of its landmarks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from reenact.config.enabled import is_enabled
from reenact.config.networks import GeneratorParams
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.generators.flow.motions import flow_side, spline_flow
from reenact.generators.flow.places import resize, sample, to_places
from reenact.pixels import to_images, to_tensor

DEFAULT_SIZE = 64  # pixels, as the other generators'


class WarpTarget(NamedTuple):
    """A target's image (1, 3, S, S) in [-1, 1] and the places of its landmarks (1, 68, 2)."""

    image: Tensor
    landmarks: Tensor


class Warp:
    """See `reenact.generators.base.Generator`. What the target does not show, such as teeth, is not there.

    Raises ReenactError for landmarks that are not finite.
    """

    def __init__(self, size: int, crop: CropSettings, device: torch.device) -> None:
        self.size, self.crop, self.device = size, crop, device

    @torch.inference_mode()
    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> WarpTarget:
        """The target as tensors."""
        return WarpTarget(to_tensor(image[None], self.device), self._places(landmarks[None]))

    @torch.inference_mode()
    def generate(self, encoded: WarpTarget, landmarks: np.ndarray) -> np.ndarray:
        """The target's image (F, S, S, 3) uint8, its landmarks moved to landmarks (F, 68, 2)."""
        count = len(landmarks)
        flow = spline_flow(self._places(landmarks), encoded.landmarks.expand(count, -1, -1), flow_side(self.size))
        return to_images(sample(encoded.image.expand(count, -1, -1, -1), resize(flow, self.size)))

    def _places(self, landmarks: np.ndarray) -> Tensor:
        if not np.isfinite(landmarks).all():
            raise ReenactError("landmarks to warp by are not finite; leave such frames out")
        return to_places(torch.tensor(landmarks, device=self.device), self.size)


def make(params: Params, device: torch.device) -> Warp:
    """The warp of `params.warp`'s image size, or of the other enabled generators', with the shards' crop."""
    size = params.warp.image_size or next(_others(params), DEFAULT_SIZE)
    return Warp(size, CropSettings.of(params.shards), device)


def _others(params: Params) -> Iterator[int]:
    """The image sizes of the other generators that are enabled."""
    sections = (section for name, section in params if name != "warp" and is_enabled(params, name))
    yield from (section.image_size for section in sections if isinstance(section, GeneratorParams))
