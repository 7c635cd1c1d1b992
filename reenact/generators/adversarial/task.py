"""The adversarial training of a network with FD-GAN's losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch

from reenact.config.networks import AdversarialParams
from reenact.config.schema import Params
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.adversarial.losses import TranslatorLoss
from reenact.generators.adversarial.phase import Adversarial
from reenact.generators.network import Network
from reenact.generators.pair_training.task import OnePhaseTask, pair_stream
from reenact.training.torch_seed import torch_seed

Section = TypeVar("Section", bound=AdversarialParams)


def adversarial_task(
    name: str,
    title: str,
    network: str,
    build: Callable[[Section], Network],
    section: Section,
    params: Params,
    shards: Sequence[Path],
    device: torch.device,
) -> OnePhaseTask:
    """The training of a generator on pairs of frames of the training shards.

    name, title: of the generator. network: its name in model.json. build: makes the network of the generator's `section` of `params`.
    """
    stream = pair_stream(params, section, shards)
    with torch_seed(params.training_seed, name):
        built, adversaries = build(section), Adversaries(section, len(stream.subjects))
    phase = Adversarial(name, title, built, adversaries, TranslatorLoss(section), stream, section, device)
    return OnePhaseTask(network, section, params.shards, phase)
