"""FD-GAN's one phase of training: D, C and T against one another."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from reenact.config.networks import FDGANParams
from reenact.generators.fdgan.losses import classifier_loss, discriminator_loss, reconstruction, translator_loss
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.fdgan.patch import PatchNetwork
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast, channels_last, pick_precision
from reenact.training.objective import Objective

# RMSprop's running mean of squares starts at 0. Its first steps would be up to ten times too long.
WARM_UP = 50
SAMPLES = 4


class Adversaries(nn.Module):
    """D and C. They are not exported."""

    def __init__(self, params: FDGANParams, subjects: int) -> None:
        super().__init__()
        self.discriminator = PatchNetwork(params.widths, 1)
        self.classifier = PatchNetwork(params.widths, subjects)


class Adversarial:
    """The networks, their objectives, and the iteration that moves all of them (`reenact.training.task.Phase`).

    `average` is T with the exponential moving average (EMA) of its weights. That is what gets exported.
    """

    name = "fdgan"
    title = "FD-GAN"
    advice = "lower fdgan.schedule.learning_rate"

    def __init__(self, fdgan: FDGAN, adversaries: Adversaries, stream: PairStream, params: FDGANParams, device: torch.device) -> None:
        self.params = params
        self.device = device
        self.iterations = params.schedule.iterations
        self.precision = pick_precision(params.precision, device)
        self.fdgan = channels_last(fdgan.to(device))
        self.adversaries = channels_last(adversaries.to(device))
        self.average = deepcopy(self.fdgan).requires_grad_(False)
        self.objectives = {
            name: Objective([module], torch.optim.RMSprop, warm_up=WARM_UP, lr=params.schedule.learning_rate)
            for name, module in (("d", adversaries.discriminator), ("c", adversaries.classifier), ("t", fdgan))
        }
        self._stream = stream

    def batches(self, start: int) -> Iterator[tuple[int, PairBatch]]:
        """The batches of the iterations from `start` on, each with its place in the stream."""
        return self._stream.batches(start)

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        objectives = {f"objective_{name}": objective for name, objective in self.objectives.items()}
        return {"fdgan": self.fdgan, "adversaries": self.adversaries, "average": self.average, **objectives}

    def step(self, numbered: tuple[int, PairBatch]) -> dict[str, Tensor]:
        """Minimise Eqs. (10), (11) and (12) once each, on the batch of `numbered`. Returns their values by name, scalars.

        T generates once. D and C learn first, from the generated images cut off from T. T has not moved in between. Then it learns
        through D and C as they are now.
        """
        _, batch = numbered
        target, drawn, wanted, truth = self.images(batch)
        subject = batch.subject.to(self.device)
        discriminator, classifier = self.adversaries.discriminator, self.adversaries.classifier
        with autocast(self.device, self.precision):
            generated = self.fdgan(target, drawn, wanted)
            both = torch.cat((target, generated.detach().to(target.dtype)))
            loss_d = discriminator_loss(*discriminator(both).chunk(2))
            real_logits, generated_logits = classifier(both).chunk(2)
            loss_c = classifier_loss(real_logits, generated_logits, subject)
        self.objectives["d"].update(loss_d)
        self.objectives["c"].update(loss_c)
        with autocast(self.device, self.precision):
            rec = reconstruction(generated, truth)
            loss_t = translator_loss(rec, discriminator(generated), classifier(generated), subject, self.params)
        self.objectives["t"].update(loss_t)
        self._move_average()
        return {"discriminator": loss_d, "classifier": loss_c, "translator": loss_t, "reconstruction": rec}

    def images(self, batch: PairBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Target, its landmark image, the wanted landmark image and the true image, (B, 3, S, S) in [-1, 1] on the device."""
        four = batch.target, batch.target_drawn, batch.driver_drawn, batch.driver
        target, drawn, wanted, truth = (x.to(self.device, memory_format=torch.channels_last, non_blocking=True) for x in four)
        return target, drawn, wanted, truth

    @torch.no_grad()
    def samples(self) -> dict[str, Tensor]:
        """At most four of the stream's first pairs, (B, 3, S, S) in [-1, 1]: target, wanted landmark image, generated by the EMA, truth."""
        target, drawn, wanted, truth = (images[:SAMPLES] for images in self.images(self._shown))
        return {"target": target, "wanted": wanted, "generated": self.average(target, drawn, wanted), "truth": truth}

    @cached_property
    def _shown(self) -> PairBatch:
        _, batch = next(iter(self._stream.batches(0)))
        return batch

    def _move_average(self) -> None:
        # While few iterations are done the mean covers their last ninth: the first weights are soon forgotten.
        done = self.objectives["t"].schedule.last_epoch  # T's steps, this one among them
        keep = min(self.params.ema_decay, done / (done + 9))
        get_ema_multi_avg_fn(keep)(list(self.average.parameters()), list(self.fdgan.parameters()), None)
