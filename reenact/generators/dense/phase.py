"""The dense generator's one phase of training. It learns from true frames alone: nothing judges its pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import DenseParams
from reenact.generators.dense.losses import dissimilarity, features_weight, weighted_l1
from reenact.generators.dense.model import Dense
from reenact.generators.pair_training.phase import PairPhase
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.device import autocast
from reenact.training.objective import Objective

BETAS = (0.9, 0.99)
WARM_UP = 50


class DensePhase(PairPhase):
    """The network, its objective, and the iteration that moves it."""

    average: Dense

    def __init__(self, network: Dense, stream: PairStream, params: DenseParams, device: torch.device) -> None:
        super().__init__("dense", "Dense", network, stream, params, device)
        self.params = params
        self.objective = Objective([network], torch.optim.Adam, warm_up=WARM_UP, lr=params.schedule.learning_rate, betas=BETAS, fused=True)

    @torch.no_grad()
    def samples(self) -> dict[str, Tensor]:
        """As every such phase gives, and: the target as the flow moves it, and where it is then painted, white for all of it."""
        pairs = self.shown()
        parts = self.average.parts(pairs.wanted, self.average.encode(pairs.target))
        return super().samples() | {"moved": parts.moved, "mask": 2 * parts.mask.expand_as(parts.moved) - 1}

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        return {self.name: self.network, "average": self.average, "objective": self.objective}

    def step(self, batch: PairBatch) -> dict[str, Tensor]:
        """Minimise the weighted sum of the losses. Returns it and each of them by name, scalars."""
        pairs, params = self.pairs(batch), self.params
        with autocast(self.device, self.precision):
            generated = self.network(pairs.target, pairs.wanted)
        weights = 1 + params.weight_features * features_weight(pairs.wanted.landmarks, params.image_size)
        reconstruction = weighted_l1(generated, pairs.truth, weights)
        structure = dissimilarity(generated, pairs.truth)
        loss = reconstruction + params.weight_structure * structure
        self.objective.update(loss)
        self.move_average(self.objective.schedule.last_epoch)
        return {"dense": loss, "reconstruction": reconstruction, "structure": structure}
