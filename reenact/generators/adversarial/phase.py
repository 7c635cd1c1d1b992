"""The one phase of an adversarial training: D, C and T against one another. T is the generator's network."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import AdversarialParams
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.adversarial.losses import GeneratorLoss, classifier_loss, discriminator_loss
from reenact.generators.network import Network
from reenact.generators.pair_training.phase import PairPhase
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast, channels_last
from reenact.training.objective import Objective

# RMSprop's running mean of squares starts at 0. Its first steps would be up to ten times too long.
WARM_UP = 50


class Adversarial(PairPhase):
    """The networks, their objectives, and the iteration that moves all of them."""

    def __init__(
        self,
        name: str,
        title: str,
        network: Network,
        adversaries: Adversaries,
        loss: GeneratorLoss,
        stream: PairStream,
        params: AdversarialParams,
        device: torch.device,
    ) -> None:
        super().__init__(name, title, network, stream, params, device)
        self.adversaries = channels_last(adversaries.to(device))
        self.loss = loss
        self.objectives = {
            key: Objective([module], torch.optim.RMSprop, warm_up=WARM_UP, lr=params.schedule.learning_rate, foreach=True)
            for key, module in (("d", adversaries.discriminator), ("c", adversaries.classifier), ("t", network))
        }

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        objectives = {f"objective_{key}": objective for key, objective in self.objectives.items()}
        return {self.name: self.network, "adversaries": self.adversaries, "average": self.average, **objectives}

    def step(self, batch: PairBatch) -> dict[str, Tensor]:
        """Minimise Eqs. (10), (11) and T's loss once each. Returns their values by name, scalars.

        T generates once. D and C learn first, from the generated images cut off from T. T has not moved in between. Then it learns
        through D and C as they are now.
        """
        pairs = self.pairs(batch)
        target = pairs.target.image
        with autocast(self.device, self.precision):
            generated = self.network(pairs.target, pairs.wanted)
            both = torch.cat((target, generated.detach().to(target.dtype)))
            scores, logits = self.adversaries(both)
            loss_d = discriminator_loss(*scores.chunk(2))
            real_logits, generated_logits = logits.chunk(2)
            loss_c = classifier_loss(real_logits, generated_logits, pairs.subject)
        self.objectives["d"].update(loss_d)
        self.objectives["c"].update(loss_c)
        with autocast(self.device, self.precision):
            losses = self.loss(generated, pairs, self.adversaries)
        self.objectives["t"].update(losses["translator"])
        self.move_average(self.objectives["t"].schedule.last_epoch)
        return {"discriminator": loss_d, "classifier": loss_c, **losses}
