"""LD-Net's training: phase 1 and phase 2 one after the other, from a landmark table to the network."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from reenact.config.networks import LDNetParams
from reenact.ldnet.held_out import held_out_people
from reenact.ldnet.model import NETWORK, LDNet
from reenact.ldnet.phase1 import Phase1
from reenact.ldnet.phase2 import Phase2
from reenact.ldnet.sampler import Sampler
from reenact.shards.reader import LandmarkTable
from reenact.training.torch_seed import torch_seed

log = logging.getLogger(__name__)


class LDNetTask:
    """See `reenact.training.task.Task`. Raises ReenactError for tables that LD-Net cannot learn from (`sampler.Sampler`)."""

    name = "ldnet"
    network = NETWORK
    about: Mapping[str, Any] = {}

    def __init__(self, params: LDNetParams, table: LandmarkTable, seed: int, device: torch.device) -> None:
        self.params, self._seed, self._device = params, seed, device
        if single := int((np.bincount(table.subject) == 1).sum()):
            words = "%d of %d subjects have a single frame: they serve as targets only, as the subject of a sample needs two frames"
            log.info(words, single, len(table.subjects))
        left_out = held_out_people(table, params.held_out_subjects, seed)
        of_casts = int((left_out & (table.performance >= 0)).sum())
        words = "held out for the validation: %d subjects of the corpus, %d landmark-only ones"
        log.info(words, int(left_out.sum()) - of_casts, of_casts)
        self._sampler = Sampler(table.of_subjects(~left_out), seed, device, params.other_clip, params.corpus_share)
        self._held_out = Sampler(table.of_subjects(left_out), seed, device, params.other_clip) if left_out.any() else None
        with torch_seed(seed, "ldnet"):
            self.ldnet = LDNet(params).to(device)
        self._exported = self.ldnet

    def phases(self) -> Iterator[Phase1 | Phase2]:
        """Phase 1, then phase 2, which starts from the EMA of phase 1's weights."""
        with torch_seed(self._seed, "ldnet", Phase1.draws):
            first = Phase1(self.ldnet, self._sampler, self.params, self._device)
        yield first
        self.ldnet.load_state_dict(first.average.state_dict())
        with torch_seed(self._seed, "ldnet", Phase2.draws):
            second = Phase2(self.ldnet, self._sampler, self.params, self._device, self._held_out)
        self._exported = second.average
        yield second

    def exported(self) -> LDNet:
        """E_P, E_I and G, with the EMA of their weights."""
        return self._exported
