"""AdaIN's training: as FD-GAN's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.generators.adain.model import AdaIN
from reenact.generators.adversarial.task import adversarial_task
from reenact.generators.pair_training.task import OnePhaseTask


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> OnePhaseTask:
    """The training of `params.adain` on pairs of frames of the training shards."""
    return adversarial_task("adain", "AdaIN", AdaIN, params, shards, device)
