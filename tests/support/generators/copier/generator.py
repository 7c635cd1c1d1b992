"""A trained generator: every result is the target's picture, whatever the network learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from reenact.faces.crop_settings import CropSettings
from reenact.generators.base import crop_of
from reenact.training.export import read_description

NETWORK = "Copier"


class Copier:
    """See `reenact.generators.base.Generator`."""

    def __init__(self, size: int, crop: CropSettings) -> None:
        self.size, self.crop = size, crop

    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        return image

    def generate(self, encoded: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        return np.repeat(encoded[None], len(landmarks), axis=0)


def load(folder: Path, device: torch.device) -> Copier:
    return Copier(read_description(folder, NETWORK)["params"]["image_size"], crop_of(folder, NETWORK))
