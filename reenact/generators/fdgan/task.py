"""FD-GAN's training, from a stream of frame pairs to the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.generators.adversarial.task import adversarial_task
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.pair_training.task import OnePhaseTask


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> OnePhaseTask:
    """The training of `params.fdgan` on pairs of frames of the training shards."""
    return adversarial_task("fdgan", "FD-GAN", FDGAN, params, shards, device)
