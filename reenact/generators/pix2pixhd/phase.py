"""Pix2PixHD's one phase of training: the discriminators and the generator against one another."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import Pix2PixHDParams
from reenact.generators.pair_training.phase import PairPhase
from reenact.generators.pix2pixhd.discriminators import Discriminators
from reenact.generators.pix2pixhd.losses import adversarial_loss, discriminator_loss, feature_matching
from reenact.generators.pix2pixhd.model import Pix2PixHD
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast, channels_last
from reenact.training.objective import Objective

BETAS = (0.5, 0.999)  # of Adam, as published


class Pix2PixHDPhase(PairPhase):
    """The networks, their objectives, and the iteration that moves all of them."""

    def __init__(
        self, network: Pix2PixHD, discriminators: Discriminators, stream: PairStream, params: Pix2PixHDParams, device: torch.device
    ) -> None:
        super().__init__("pix2pixhd", "Pix2PixHD", network, stream, params, device)
        self.params = params
        self.discriminators = channels_last(discriminators.to(device))
        self.objectives = {
            key: Objective([module], torch.optim.Adam, lr=params.schedule.learning_rate, betas=BETAS, fused=True)
            for key, module in (("d", discriminators), ("g", network))
        }

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        objectives = {f"objective_{key}": objective for key, objective in self.objectives.items()}
        return {self.name: self.network, "discriminators": self.discriminators, "average": self.average, **objectives}

    def step(self, batch: PairBatch) -> dict[str, Tensor]:
        """One step of the discriminators, then one of the generator. Returns the losses by name, scalars.

        The generator generates once, and learns through the discriminators as they are after their step. `reconstruction` is only
        reported: the squared difference from the true image, a mean over pixels and channels.
        """
        pairs = self.pairs(batch)
        seen = torch.cat((*pairs.target[:2], pairs.wanted.landmark_image), 1)
        with autocast(self.device, self.precision):
            generated = self.network(pairs.target, pairs.wanted)
            loss_d = discriminator_loss(self.discriminators(seen, pairs.truth), self.discriminators(seen, generated.detach()))
        self.objectives["d"].update(loss_d)
        with autocast(self.device, self.precision):
            with torch.no_grad():
                real = self.discriminators(seen, pairs.truth)
            fake = self.discriminators(seen, generated)
            matching = feature_matching(real, fake)
            loss_g = adversarial_loss(fake) + self.params.weight_feature_matching * matching
        self.objectives["g"].update(loss_g)
        self.move_average(self.objectives["g"].schedule.last_epoch)
        rec = (generated.detach().float() - pairs.truth).square().mean()
        return {"discriminator": loss_d, "generator": loss_g, "feature_matching": matching, "reconstruction": rec}
