"""LD-Net's training: phase 1 and phase 2 one after the other, from a landmark table to the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from reenact.config.networks import LDNetParams
from reenact.ldnet.model import NETWORK, LDNet
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.ldnet.sampler import Sampler
from reenact.shards.reader import LandmarkTable
from reenact.training.torch_seed import torch_seed


class LDNetTask:
    """See `reenact.training.task.Task`. Raises ReenactError for tables that LD-Net cannot learn from (`sampler.Sampler`)."""

    name = "ldnet"
    network = NETWORK
    about: Mapping[str, Any] = {}

    def __init__(self, params: LDNetParams, table: LandmarkTable, seed: int, device: torch.device) -> None:
        self.params, self._seed, self._device = params, seed, device
        self._sampler = Sampler(table, seed, device)
        with torch_seed(seed, "ldnet"):
            self.ldnet = LDNet(params).to(device)

    def phases(self) -> Iterator[Phase1 | Phase2]:
        """Phase 1, then phase 2."""
        for phase in (Phase1, Phase2):
            with torch_seed(self._seed, "ldnet", phase.draws):
                made = phase(self.ldnet, self._sampler, self.params, self._device)
            yield made

    def exported(self) -> LDNet:
        """E_P, E_I and G."""
        return self.ldnet
