"""A trained Pix2PixHD as a generator."""

from __future__ import annotations

from pathlib import Path

import torch

from reenact.config.networks import Pix2PixHDParams
from reenact.generators.pix2pixhd.model import NETWORK, Pix2PixHD
from reenact.generators.trained import TrainedGenerator, load_trained


def load(folder: Path, device: torch.device) -> TrainedGenerator:
    """The trained Pix2PixHD in `folder`, on `device`; ReenactError where its files are missing, damaged or do not fit."""
    return load_trained(folder, NETWORK, Pix2PixHDParams, Pix2PixHD, device)
