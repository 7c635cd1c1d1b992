"""A trained AdaIN as a generator."""

from __future__ import annotations

from pathlib import Path

import torch

from reenact.config.networks import AdaINParams
from reenact.generators.adain.model import NETWORK, AdaIN
from reenact.generators.trained import TrainedGenerator, load_trained


def load(folder: Path, device: torch.device) -> TrainedGenerator:
    """The trained AdaIN in `folder`, on `device`; ReenactError where its files are missing, damaged or do not fit."""
    return load_trained(folder, NETWORK, AdaINParams, AdaIN, device)
