"""Phase 1: a pose and expression encoder, trained against labels (paper, Eqs. 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from reenact.config.networks import LDNetParams
from reenact.ldnet import losses
from reenact.ldnet.model import Classifier, IdentityTable, LDNet
from reenact.ldnet.sampler import Draw, Sampler, samples
from reenact.training.checkpoint import Stateful
from reenact.training.objective import Objective


class Phase1:
    """Trains `ldnet`'s E_P and G in place, together with N_I, against C."""

    name = "phase1"
    title = "LD-Net phase 1"
    advice = "lower ldnet.phase1.learning_rate"
    guarded: str | None = "phase1/reconstruction"
    draws = "stage1"  # key of the random draws: with another, the same parameters would give another network

    def __init__(self, ldnet: LDNet, sampler: Sampler, params: LDNetParams, device: torch.device) -> None:
        self.ldnet, self.clamped = ldnet, params.clamp_adversary
        self.identities = IdentityTable(sampler.subjects, params).to(device)
        self.classifier = Classifier(sampler.subjects, params).to(device)
        self.weights = {"reconstruction": params.weight_reconstruction, "adversary": params.weight_classifier}
        schedule = params.phase1
        self._sampler, self._batch_size, self.iterations = sampler, schedule.batch_size, schedule.iterations
        rate = schedule.learning_rate
        generating = [ldnet.pose_encoder, self.identities, ldnet.generator]
        self.generator_objective = Objective(generating, torch.optim.Adam, lr=rate, fused=True)
        self.classifier_objective = Objective([self.classifier], torch.optim.Adam, lr=rate, fused=True)

    def batches(self, start: int) -> Iterator[Draw]:
        """The draws of the iterations from `start` on, without end."""
        return self._sampler.draws(self.draws, start, batch_size=self._batch_size)

    def validate(self) -> dict[str, Tensor]:
        """Nothing: no subjects are held out."""
        return {}

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its draw."""
        names = ("ldnet", "identities", "classifier", "generator_objective", "classifier_objective")
        return {name: getattr(self, name) for name in names}

    def step(self, draw: Draw) -> dict[str, Tensor]:
        """One iteration: C, then E_P, N_I and G. Returns the losses before weighting."""
        _, rebuilt, swapped = self.generate(draw)
        named = {"classifier": losses.classification(self.classifier(swapped.detach()), draw.subject)}  # Eq. (1)
        self.classifier_objective.update(named["classifier"])

        named["reconstruction"] = losses.reconstruction(rebuilt, draw.second)
        named["adversary"] = losses.adversary(self.classifier(swapped), draw.subject, self.clamped)
        self.generator_objective.update(losses.weighted_sum(named, self.weights))  # Eq. (2)
        return {f"phase1/{name}": loss for name, loss in named.items()}

    def generate(self, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
        """E_P(l_S2), and both branches of Fig. 3 in one pass of G: l'_S2 with the frame's own label, l'_T with another subject's."""
        pose = self.ldnet.encode_pose(draw.second)
        identity = self.identities(torch.cat([draw.subject, draw.target_subject]))
        rebuilt, swapped = self.ldnet.generate(pose.repeat(2, 1), identity).chunk(2)
        return pose, rebuilt, swapped

    def samples(self) -> dict[str, Tensor]:
        """See `sampler.samples`."""
        return samples(self._sampler, self.generate)
