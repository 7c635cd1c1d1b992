"""The dense generator's one phase of training. It learns from true frames alone: nothing judges its pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import DenseParams
from reenact.generators.dense.losses import dissimilarity, weighted_l1
from reenact.generators.dense.model import Dense
from reenact.generators.dense.region import mouth_and_eyes
from reenact.generators.pair_training.phase import PairPhase, Pairs
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training.checkpoint import Stateful
from reenact.training.objective import WARM_UP, Objective
from reenact.training.turns import Turn

BETAS = (0.9, 0.99)


class DensePhase(PairPhase):
    """The network and its objective."""

    average: Dense

    def __init__(self, network: Dense, stream: PairStream, params: DenseParams, device: torch.device) -> None:
        super().__init__("dense", "Dense", network, stream, params, device)
        self.params = params
        schedule = params.schedule
        options = {"lr": schedule.learning_rate, "betas": BETAS, "fused": True}
        self.objective = Objective([network], torch.optim.Adam, warm_up=WARM_UP, falls_until=schedule.iterations, **options)
        self.turns = (Turn({self.name: self.objective}, self.losses),)

    @torch.no_grad()
    def samples(self) -> dict[str, Tensor]:
        """As every such phase gives, and: the target as the flow moves it, and where it is then painted, white for all of it."""
        target, wanted, truth, _ = self.shown()
        image, moved, mask = self.average.parts(wanted, self.average.encode(target))
        samples = {"target": target.image, "wanted": wanted.landmark_image, "generated": image, "truth": truth}
        return samples | {"moved": moved, "mask": 2 * mask.expand_as(moved) - 1}

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its batch."""
        return {self.name: self.network, "average": self.average, "objective": self.objective}

    def losses(self, batch: PairBatch, made: tuple[Pairs, Tensor]) -> dict[str, Tensor]:
        """See `loss`."""
        pairs, generated = made
        return self.loss(generated, pairs.truth, pairs.wanted.landmarks)

    def loss(self, generated: Tensor, truth: Tensor, landmarks: Tensor) -> dict[str, Tensor]:
        """What is minimised, under the generator's name, and what it is made of. Pictures (B, 3, S, S), landmarks (B, 68, 2) in pixels."""
        weights = 1 + self.params.weight_mouth_and_eyes * mouth_and_eyes(landmarks, truth.shape[-1])
        reconstruction = weighted_l1(generated, truth, weights)
        structure = dissimilarity(generated, truth)
        return {
            self.name: reconstruction + self.params.weight_structure * structure,
            "reconstruction": reconstruction,
            "structure": structure,
        }
