"""A trained FD-GAN-1 as a generator."""

from __future__ import annotations

from pathlib import Path

import torch

from reenact.config.networks import SingleRowParams
from reenact.generators.single_row.model import NETWORK, SingleRow
from reenact.generators.trained import TrainedGenerator, load_trained


def load(folder: Path, device: torch.device) -> TrainedGenerator:
    """The trained FD-GAN-1 in `folder`, on `device`; ReenactError where its files are missing, damaged or do not fit."""
    return load_trained(folder, NETWORK, SingleRowParams, SingleRow, device)
