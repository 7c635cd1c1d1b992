"""What every generator offers: one trained here, one trained elsewhere, and one that is not trained at all."""

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
    """Makes pictures of a target from landmarks. A target is encoded once; then any number of batches are generated.

    size: side of the pictures that it takes and gives, pixels. crop: how such pictures are cut out of videos and portraits.
    Landmarks are x then y, in pixels of such a picture. (0, 0) is the centre of its first pixel. They may lie outside the picture.
    """

    size: int
    crop: CropSettings

    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> Any:
        """Encode a target: its picture (S, S, 3) uint8 RGB and its landmarks (68, 2) float32. The result is for `generate`."""

    def generate(self, encoded: Any, landmarks: np.ndarray) -> np.ndarray:
        """Generate the target with landmarks (F, 68, 2) float32. Returns (F, S, S, 3) uint8 RGB; all F are held at once."""


def crop_of(folder: Path, network: str) -> CropSettings:
    """How the pictures were cut out that the network in `folder` learned from.

    An export that does not say so gets the default parameters' crop. Raises ReenactError where model.json is missing or damaged.
    """
    settings = CropSettings.of_network(read_description(folder, network))
    if settings is None:
        settings = CropSettings.of(ShardsParams())
        log.warning("%s does not say how its pictures were cropped: the default crop is taken.", folder / DESCRIPTION)
    return settings
