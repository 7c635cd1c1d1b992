"""A generator that is not trained: every result has the target's mean colour, darker or brighter."""

from __future__ import annotations

import numpy as np
import torch

from reenact.config.schema import Params
from reenact.faces.crop_settings import CropSettings


class Flat:
    """See `reenact.generators.base.Generator`."""

    def __init__(self, params: Params) -> None:
        self.size, self.crop = params.fdgan.image_size, CropSettings.of(params.shards)
        self.brightness = params.flat.brightness

    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        return image.mean(axis=(0, 1)) * self.brightness

    def generate(self, encoded: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        return np.tile(encoded.astype(np.uint8), (len(landmarks), self.size, self.size, 1))


def make(params: Params, device: torch.device) -> Flat:
    return Flat(params)
