"""One iteration of FD-GAN's training: the phases D, C and T."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from reenact import params
from reenact.fdgan.losses import classifier_loss, discriminator_loss, reconstruction, translator_loss
from reenact.fdgan.model import FDGAN
from reenact.fdgan.patch import PatchNetwork
from reenact.shards.pairs import PairBatch
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast, channels_last, pick_precision
from reenact.training.phase import Phase

# RMSprop's running mean of squares starts at 0, so that its first steps are up to ten times too long.
WARM_UP = 50


class Adversaries(nn.Module):
    """D and C, which the exported network does without."""

    def __init__(self, config: params.FDGAN, subjects: int) -> None:
        super().__init__()
        self.discriminator = PatchNetwork(config.widths, 1)
        self.classifier = PatchNetwork(config.widths, subjects)


class Steps:
    """The networks, their optimisers, and the iteration that moves all of them.

    `average` is T with the running mean of its weights, which is what gets exported.
    """

    def __init__(self, fdgan: FDGAN, adversaries: Adversaries, config: params.FDGAN, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.precision = pick_precision(config.precision, device)
        self.fdgan = channels_last(fdgan.to(device))
        self.adversaries = channels_last(adversaries.to(device))
        self.average = deepcopy(self.fdgan).requires_grad_(False)
        self.phases = {
            name: Phase([module], torch.optim.RMSprop, lr=config.schedule.learning_rate)
            for name, module in (("d", adversaries.discriminator), ("c", adversaries.classifier), ("t", fdgan))
        }

    def parts(self) -> dict[str, Stateful]:
        """What a checkpoint must hold."""
        phases = {f"phase_{name}": phase for name, phase in self.phases.items()}
        return {"fdgan": self.fdgan, "adversaries": self.adversaries, "average": self.average, **phases}

    def step(self, numbered: tuple[int, PairBatch]) -> dict[str, Tensor]:
        """Iteration `numbered[0]`: minimise Eqs. (10), (11) and (12) once each; their values by name, scalars.

        T paints once. D and C learn from the painted images cut off from T; then T, which has not moved in between, learns through
        the D and C that have.
        """
        step, batch = numbered
        self._set_rate(step)
        target, drawn, wanted, truth = self.images(batch)
        subject = batch.subject.to(self.device)
        discriminator, classifier = self.adversaries.discriminator, self.adversaries.classifier
        with autocast(self.device, self.precision):
            painted = self.fdgan(target, drawn, wanted)
            both = torch.cat((target, painted.detach().to(target.dtype)))
            loss_d = discriminator_loss(*discriminator(both).chunk(2))
            loss_c = classifier_loss(*classifier(both).chunk(2), subject)
        self.phases["d"].update(loss_d)
        self.phases["c"].update(loss_c)
        with autocast(self.device, self.precision):
            rec = reconstruction(painted, truth)
            loss_t = translator_loss(rec, discriminator(painted), classifier(painted), subject, self.config)
        self.phases["t"].update(loss_t)
        self._move_average(step)
        return {"discriminator": loss_d, "classifier": loss_c, "translator": loss_t, "reconstruction": rec}

    def images(self, batch: PairBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Target, its landmark image, the wanted landmark image and the true image, (B, 3, S, S) in [-1, 1] on the device."""
        four = batch.target, batch.target_drawn, batch.driver_drawn, batch.driver
        target, drawn, wanted, truth = (x.to(self.device, memory_format=torch.channels_last, non_blocking=True) for x in four)
        return target, drawn, wanted, truth

    def _set_rate(self, step: int) -> None:
        rate = self.config.schedule.learning_rate * min(1.0, (step + 1) / WARM_UP)
        for phase in self.phases.values():
            for group in phase.optimiser.param_groups:
                group["lr"] = rate

    @torch.no_grad()
    def _move_average(self, step: int) -> None:
        # While few steps are done the mean covers their last ninth, so that the initial weights are soon forgotten.
        keep = min(self.config.average_decay, (step + 1) / (step + 10))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.fdgan.parameters()), 1.0 - keep)
