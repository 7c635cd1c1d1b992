"""A trained dense generator as a generator."""

from __future__ import annotations

from pathlib import Path

import torch

from reenact.config.networks import DenseParams
from reenact.generators.dense.model import NETWORK, Dense
from reenact.generators.trained import TrainedGenerator, load_trained


def load(folder: Path, device: torch.device) -> TrainedGenerator:
    """The trained dense generator in `folder`, on `device`; ReenactError where its files are missing, damaged or do not fit."""
    return load_trained(folder, NETWORK, DenseParams, Dense, device)
