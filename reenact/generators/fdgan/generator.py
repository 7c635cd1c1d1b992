"""A trained FD-GAN as a generator. The target's feature dictionary is read once; then landmark images become pictures."""

from __future__ import annotations

from pathlib import Path

import torch

from reenact.config.networks import FDGANParams
from reenact.generators.fdgan.model import FDGAN, NETWORK
from reenact.generators.trained import TrainedGenerator, load_trained


def load(folder: Path, device: torch.device) -> TrainedGenerator:
    """The trained FD-GAN in `folder`, on `device`; ReenactError where its files are missing, damaged or do not fit."""
    return load_trained(folder, NETWORK, FDGANParams, FDGAN, device)
