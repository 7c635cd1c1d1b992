"""FD-GAN-1's training: as FD-GAN's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.generators.adversarial.task import adversarial_task
from reenact.generators.pair_training.task import OnePhaseTask
from reenact.generators.single_row.model import SingleRow


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> OnePhaseTask:
    """The training of `params.single_row` on pairs of frames of the training shards."""
    return adversarial_task("single_row", "FD-GAN-1", SingleRow, params, shards, device)
