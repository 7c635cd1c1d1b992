"""A generator's training of one phase, from a stream of frame pairs to the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from reenact.config.data import ShardsParams
from reenact.config.networks import PairTrainingParams
from reenact.config.schema import Params
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.generators.network import Network
from reenact.generators.pair_training.phase import PairPhase
from reenact.shards.pairs import PairStream
from reenact.shards.reader import require_faces
from reenact.training import distributed


class OnePhaseTask:
    """See `reenact.training.task.Task`. model.json names the network by its class, and has the pictures' crop under `crop`."""

    def __init__(self, params: PairTrainingParams, shards: ShardsParams, phase: PairPhase) -> None:
        self.name, self.network, self.params = phase.name, type(phase.network).__name__, params
        self.about = {KEY: CropSettings.of(shards).model_dump()}
        self._phase = phase

    def phases(self) -> Iterator[PairPhase]:
        """The only one."""
        yield self._phase

    def exported(self) -> Network:
        """The network with the EMA of its weights."""
        return self._phase.average


def pair_stream(params: Params, section: PairTrainingParams, shards: Sequence[Path], device: torch.device) -> PairStream:
    """Pairs of the training shards for `device` as the generator's section has them, this process' share of each batch.

    Raises ReenactError where fewer than two subjects have any, or landmarks are of no face, however late they would be drawn.
    """
    require_faces(shards)
    own = distributed.share(section.schedule.batch_size)
    return PairStream(
        shards,
        seed=params.training_seed,
        image_size=section.image_size,
        batch_size=own.stop - own.start,
        shuffle_groups=section.shuffle_groups,
        pairs_per_group=section.pairs_per_group,
        held_out_subjects=section.held_out_subjects,
        rank=distributed.rank(),
        world=distributed.world(),
        pinned=device.type == "cuda",
    )
