"""FD-GAN's training, from a stream of frame pairs to the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from reenact.config.networks import FDGANParams
from reenact.config.schema import Params
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.generators.fdgan.adversarial import Adversarial, Adversaries
from reenact.generators.fdgan.model import FDGAN, NETWORK
from reenact.shards.pairs import PairStream
from reenact.training.torch_seed import torch_seed


class FDGANTask:
    """See `reenact.training.task.Task`. model.json has the pictures' crop under `crop`.

    stream: batches of `params.schedule.batch_size` pairs of `params.image_size` pixels, of two subjects or more.
    """

    name = "fdgan"
    network = NETWORK

    def __init__(self, params: FDGANParams, stream: PairStream, crop: CropSettings, seed: int, device: torch.device) -> None:
        self.params, self.about = params, {KEY: crop.model_dump()}
        with torch_seed(seed, "fdgan"):
            fdgan, adversaries = FDGAN(params), Adversaries(params, len(stream.subjects))
        self._phase = Adversarial(fdgan, adversaries, stream, params, device)

    def phases(self) -> Iterator[Adversarial]:
        """The only one."""
        yield self._phase

    def exported(self) -> FDGAN:
        """T with the EMA of its weights."""
        return self._phase.average


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> FDGANTask:
    """The training of `params.fdgan` on pairs of frames of the training shards."""
    section = params.fdgan
    stream = PairStream(
        shards,
        seed=params.training_seed,
        image_size=section.image_size,
        batch_size=section.schedule.batch_size,
        shuffle_groups=section.shuffle_groups,
        pairs_per_group=section.pairs_per_group,
    )
    return FDGANTask(section, stream, CropSettings.of(params.shards), params.training_seed, device)
