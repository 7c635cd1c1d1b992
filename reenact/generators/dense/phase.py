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

    network: Dense

    def __init__(self, network: Dense, stream: PairStream, params: DenseParams, device: torch.device) -> None:
        super().__init__("dense", "Dense", network, stream, params, device)
        self.params = params
        self.objective = Objective([network], torch.optim.Adam, warm_up=WARM_UP, lr=params.schedule.learning_rate, betas=BETAS, fused=True)

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        return {self.name: self.network, "average": self.average, "objective": self.objective}

    def step(self, batch: PairBatch) -> dict[str, Tensor]:
        """Minimise the weighted sum of the losses. Returns it and each of them by name, scalars."""
        pairs, params = self.pairs(batch), self.params
        with autocast(self.device, self.precision):
            parts = self.network.parts(pairs.wanted, self.network.encode(pairs.target))
        weights = 1 + params.weight_features * features_weight(pairs.wanted.landmarks, params.image_size)
        reconstruction = weighted_l1(parts.image, pairs.truth, weights)
        moved = (parts.moved - pairs.truth).abs().mean()
        structure = dissimilarity(parts.image, pairs.truth)
        loss = reconstruction + params.weight_moved * moved + params.weight_structure * structure
        self.objective.update(loss)
        self.move_average(self.objective.schedule.last_epoch)
        return {"dense": loss, "reconstruction": reconstruction, "moved": moved, "structure": structure}
