"""The one phase of an adversarial training: D, C and T against one another. T is the generator's network."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import AdversarialParams
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.adversarial.losses import GeneratorLoss, classifier_loss, discriminator_loss
from reenact.generators.network import Network
from reenact.generators.pair_training.phase import PairPhase, Pairs
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast, channels_last
from reenact.training.objective import WARM_UP, Objective
from reenact.training.turns import Turn


class Adversarial(PairPhase):
    """The networks, their objectives and their turns: D and C learn first, then T through them. T generates once."""

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
            loss_name: Objective([module], torch.optim.RMSprop, warm_up=WARM_UP, lr=params.schedule.learning_rate, foreach=True)
            for loss_name, module in (
                ("discriminator", adversaries.discriminator),
                ("classifier", adversaries.classifier),
                ("translator", network),
            )
        }
        learning_first = {loss_name: self.objectives[loss_name] for loss_name in ("discriminator", "classifier")}
        self.turns = (Turn(learning_first, self.adversaries_losses), Turn({"translator": self.objectives["translator"]}, self.losses))

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        objectives = {f"objective_{key}": objective for key, objective in self.objectives.items()}
        return {self.name: self.network, "adversaries": self.adversaries, "average": self.average, **objectives}

    def adversaries_losses(self, batch: PairBatch, made: tuple[Pairs, Tensor]) -> dict[str, Tensor]:
        """Eqs. (10) and (11), from the generated images cut off from T, which has not moved yet."""
        pairs, generated = made
        target = pairs.target.image
        with autocast(self.device, self.precision):
            scores, logits = self.adversaries(torch.cat((target, generated.detach().to(target.dtype))))
            real_logits, generated_logits = logits.chunk(2)
            return {
                "discriminator": discriminator_loss(*scores.chunk(2)),
                "classifier": classifier_loss(real_logits, generated_logits, pairs.subject),
            }

    def losses(self, batch: PairBatch, made: tuple[Pairs, Tensor]) -> dict[str, Tensor]:
        """T's loss, through D and C as they are after their step."""
        pairs, generated = made
        with autocast(self.device, self.precision):
            return self.loss(generated, pairs, self.adversaries)
