"""The adversarial training of a network with FD-GAN's losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from reenact.config.schema import Params
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.adversarial.losses import TranslatorLoss
from reenact.generators.adversarial.phase import Adversarial
from reenact.generators.network import Network
from reenact.generators.pair_training.task import OnePhaseTask, pair_stream
from reenact.training.torch_seed import torch_seed


def adversarial_task(
    name: str,
    title: str,
    build: Callable[[Any], Network],
    params: Params,
    shards: Sequence[Path],
    device: torch.device,
) -> OnePhaseTask:
    """The training of a generator on pairs of frames of the training shards.

    name, title: of the generator. build: makes the network of its section of `params`, an `AdversarialParams`.
    """
    section = getattr(params, name)
    stream = pair_stream(params, section, shards, device)
    with torch_seed(params.training_seed, name):
        built, adversaries = build(section), Adversaries(section, len(stream.subjects))
    phase = Adversarial(name, title, built, adversaries, TranslatorLoss(section), stream, section, device)
    return OnePhaseTask(section, params.shards, phase)
