"""A trained FD-GAN as a generator. The target's feature dictionary is read once; then landmark images become pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from reenact.config.networks import FDGANParams
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.base import crop_of
from reenact.generators.fdgan.model import FDGAN, NETWORK, load_fdgan
from reenact.pixels import to_images, to_tensor
from reenact.training.device import channels_last
from reenact.training.export import read_section


class FDGANGenerator:
    """See `reenact.generators.base.Generator`. Arithmetic is float32 whatever `fdgan.precision` is."""

    def __init__(self, fdgan: FDGAN, size: int, crop: CropSettings) -> None:
        self.fdgan, self.size, self.crop = channels_last(fdgan), size, crop
        self.device = next(fdgan.parameters()).device

    @torch.inference_mode()
    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> list[Tensor]:
        """The feature dictionary of a target: (1, rows, width) for each level, finest first."""
        return self.fdgan.extract(to_tensor(image[None], self.device), self._drawn(landmarks[None]))

    @torch.inference_mode()
    def generate(self, encoded: list[Tensor], landmarks: np.ndarray) -> np.ndarray:
        """Generate images (F, S, S, 3) uint8 of landmarks (F, 68, 2), with the dictionary's appearance."""
        return to_images(self.fdgan.translate(self._drawn(landmarks), encoded))

    def _drawn(self, landmarks: np.ndarray) -> Tensor:
        return draw(landmarks, self.size).to(self.device)


def load(folder: Path, device: torch.device) -> FDGANGenerator:
    """The trained FD-GAN in `folder`, on `device`; ReenactError where its files are missing, damaged or do not fit."""
    size = read_section(folder, NETWORK, FDGANParams).image_size
    return FDGANGenerator(load_fdgan(folder, device), size, crop_of(folder, NETWORK))
