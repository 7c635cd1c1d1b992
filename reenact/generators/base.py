"""What every generator offers, trained here, trained elsewhere or not trained at all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from reenact.config.data import ShardsParams
from reenact.faces.crop_settings import CropSettings
from reenact.training.export import DESCRIPTION, read_description

log = logging.getLogger(__name__)


class Generator(Protocol):
    """Pictures of a target whose landmarks are somewhere else: encode a target once, then generate any number of batches.

    size: side of the pictures that it takes and gives, pixels. crop: how such pictures are cut out of videos and portraits.
    Landmarks are x then y in pixels of such a picture, (0, 0) the centre of its first pixel; they may lie outside it.
    """

    size: int
    crop: CropSettings

    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> Any:
        """What a target gives, for `generate`: of its picture (S, S, 3) uint8 RGB and landmarks (68, 2) float32."""

    def generate(self, encoded: Any, landmarks: np.ndarray) -> np.ndarray:
        """The target with each of the landmarks (F, 68, 2) float32: (F, S, S, 3) uint8 RGB. F frames are held at once."""


def crop_of(folder: Path, network: str) -> CropSettings:
    """How the pictures that a generator learned from were cut out; for exports that do not say, as the default parameters have it."""
    settings = CropSettings.of_network(read_description(folder, network))
    if settings is None:
        settings = CropSettings.of(ShardsParams())
        log.warning("%s does not say how its pictures were cropped: the default crop is taken.", folder / DESCRIPTION)
    return settings
