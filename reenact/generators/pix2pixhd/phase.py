"""Pix2PixHD's one phase of training: the discriminators and the generator against one another."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import Pix2PixHDParams
from reenact.generators.pair_training.phase import PairPhase, Pairs
from reenact.generators.pix2pixhd.discriminators import Discriminators
from reenact.generators.pix2pixhd.losses import adversarial_loss, discriminator_loss, feature_matching
from reenact.generators.pix2pixhd.model import Pix2PixHD
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast, channels_last
from reenact.training.objective import Objective
from reenact.training.turns import Turn

BETAS = (0.5, 0.999)  # of Adam, as published


class Pix2PixHDPhase(PairPhase):
    """The networks, their objectives and their turns. The generator generates once."""

    def __init__(
        self, network: Pix2PixHD, discriminators: Discriminators, stream: PairStream, params: Pix2PixHDParams, device: torch.device
    ) -> None:
        super().__init__("pix2pixhd", "Pix2PixHD", network, stream, params, device)
        self.params = params
        self.discriminators = channels_last(discriminators.to(device))
        self.objectives = {
            loss_name: Objective([module], torch.optim.Adam, lr=params.schedule.learning_rate, betas=BETAS, fused=True)
            for loss_name, module in (("discriminator", discriminators), ("generator", network))
        }
        first, second = self.objectives
        self.turns = (
            Turn({first: self.objectives[first]}, self.discriminators_losses),
            Turn({second: self.objectives[second]}, self.losses),
        )

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        objectives = {f"objective_{key}": objective for key, objective in self.objectives.items()}
        return {self.name: self.network, "discriminators": self.discriminators, "average": self.average, **objectives}

    def discriminators_losses(self, batch: PairBatch, made: tuple[Pairs, Tensor]) -> dict[str, Tensor]:
        """What the discriminators minimise; the generated images are cut off from the generator."""
        pairs, generated = made
        seen = inputs(pairs)
        with autocast(self.device, self.precision):
            real, fake = self.discriminators(seen, pairs.truth), self.discriminators(seen, generated.detach())
            return {"discriminator": discriminator_loss(real, fake)}

    def losses(self, batch: PairBatch, made: tuple[Pairs, Tensor]) -> dict[str, Tensor]:
        """What the generator minimises, through the discriminators as they are after their step.

        `reconstruction` is only reported: the squared difference from the true image, a mean over pixels and channels.
        """
        pairs, generated = made
        seen = inputs(pairs)
        with autocast(self.device, self.precision):
            with torch.no_grad():
                real = self.discriminators(seen, pairs.truth)
            fake = self.discriminators(seen, generated)
            matching = feature_matching(real, fake)
            loss = adversarial_loss(fake) + self.params.weight_feature_matching * matching
        reconstruction = (generated.detach().float() - pairs.truth).square().mean()
        return {"generator": loss, "feature_matching": matching, "reconstruction": reconstruction}


def inputs(pairs: Pairs) -> Tensor:
    """What the generator saw, (B, 9, S, S): target, its landmark image and the wanted one."""
    return torch.cat((*pairs.target[:2], pairs.wanted.landmark_image), 1)
