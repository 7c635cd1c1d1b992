"""Pix2PixHD's training, from a stream of frame pairs to the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.generators.pair_training.task import OnePhaseTask, pair_stream
from reenact.generators.pix2pixhd.discriminators import Discriminators
from reenact.generators.pix2pixhd.model import Pix2PixHD
from reenact.generators.pix2pixhd.phase import Pix2PixHDPhase
from reenact.training.torch_seed import torch_seed


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> OnePhaseTask:
    """The training of `params.pix2pixhd` on pairs of frames of the training shards."""
    section = params.pix2pixhd
    stream = pair_stream(params, section, shards, device)
    with torch_seed(params.training_seed, "pix2pixhd"):
        network, discriminators = Pix2PixHD(section), Discriminators(section)
    return OnePhaseTask(section, params.shards, Pix2PixHDPhase(network, discriminators, stream, section, device))
