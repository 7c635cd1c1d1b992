"""The dense generator's training, from a stream of frame pairs to the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.generators.dense.model import Dense
from reenact.generators.dense.phase import DensePhase
from reenact.generators.pair_training.task import OnePhaseTask, pair_stream
from reenact.training.torch_seed import torch_seed


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> OnePhaseTask:
    """The training of `params.dense` on pairs of frames of the training shards."""
    section = params.dense
    stream = pair_stream(params, section, shards, device)
    with torch_seed(params.training_seed, "dense"):
        network = Dense(section)
    return OnePhaseTask(section, params.shards, DensePhase(network, stream, section, device))
