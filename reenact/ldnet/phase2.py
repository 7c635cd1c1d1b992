"""Phase 2: an identity encoder in place of the labels, so that unseen subjects can be encoded (paper, Eqs. 3 to 7)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from reenact.config.networks import LDNetParams
from reenact.ldnet import losses
from reenact.ldnet.model import MLP, Classifier, Discriminator, LDNet, initialise
from reenact.ldnet.sampler import Draw, Sampler, samples
from reenact.training.checkpoint import Stateful
from reenact.training.objective import Objective


class Phase2:
    """Trains `ldnet`'s E_I and G in place against D and C, both new; E_P stays as phase 1 left it."""

    name = "phase2"
    title = "LD-Net phase 2"
    advice = "lower ldnet.phase2.learning_rate"
    guarded: str | None = "phase2/reconstruction"
    draws = "stage2"  # key of the random draws: with another, the same parameters would give another network

    def __init__(self, ldnet: LDNet, sampler: Sampler, params: LDNetParams, device: torch.device) -> None:
        self.ldnet = ldnet
        if not params.generator_from_phase1:
            initialise(ldnet.generator)
        self.discriminator = Discriminator(params).to(device)
        self.classifier = Classifier(sampler.subjects, params).to(device)
        self.weights = {
            "reconstruction": params.weight_reconstruction,
            "content": params.weight_content,
            "fooling": params.weight_discriminator,
            "identity": params.weight_classifier,
        }
        schedule = params.phase2
        self._sampler, self._batch_size, self.iterations = sampler, schedule.batch_size, schedule.iterations
        rate = schedule.learning_rate
        generating: list[MLP] = [ldnet.identity_encoder, ldnet.generator]
        self.generator_objective = Objective(generating, torch.optim.Adam, lr=rate, fused=True)
        self.discriminator_objective = Objective([self.discriminator], torch.optim.Adam, lr=rate, fused=True)
        self.classifier_objective = Objective([self.classifier], torch.optim.Adam, lr=rate, fused=True)

    def batches(self, start: int) -> Iterator[Draw]:
        """The draws of the iterations from `start` on, without end."""
        return self._sampler.draws(self.draws, start, batch_size=self._batch_size)

    def validate(self) -> dict[str, Tensor]:
        """Nothing: no subjects are held out."""
        return {}

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its draw."""
        names = ("ldnet", "discriminator", "classifier", "generator_objective", "discriminator_objective", "classifier_objective")
        return {name: getattr(self, name) for name in names}

    def step(self, draw: Draw) -> dict[str, Tensor]:
        """One iteration: D, C, then E_I and G. Returns the losses before weighting."""
        pose, rebuilt, swapped = self.generate(draw)
        generated, k = swapped.detach(), draw.target_subject

        real_scores, generated_scores = self.discriminator(torch.cat([draw.second, generated])).chunk(2)
        named = {"discriminator": losses.discriminator(real_scores, generated_scores)}  # Eq. (3)
        self.discriminator_objective.update(named["discriminator"])

        real_logits, generated_logits = self.classifier(torch.cat([draw.target, generated])).chunk(2)
        named["classifier"] = losses.classifier(real_logits, generated_logits, k)  # Eq. (4)
        self.classifier_objective.update(named["classifier"])

        named["reconstruction"] = losses.reconstruction(rebuilt, draw.second)  # Eq. (6)
        named["content"] = losses.content(self.ldnet.encode_pose(swapped), pose)  # Eq. (5)
        named["fooling"] = losses.fooling(self.discriminator(swapped))
        named["identity"] = losses.classification(self.classifier(swapped), k)
        self.generator_objective.update(losses.weighted_sum(named, self.weights))  # Eq. (7)
        return {f"phase2/{name}": loss for name, loss in named.items()}

    def generate(self, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
        """E_P(l_S2), and both branches of Fig. 3 in one pass of G: l'_S2 with E_I(l_S1), l'_T with E_I(l_T)."""
        with torch.no_grad():
            pose = self.ldnet.encode_pose(draw.second)
        identity = self.ldnet.encode_identity(torch.cat([draw.first, draw.target]))
        rebuilt, swapped = self.ldnet.generate(pose.repeat(2, 1), identity).chunk(2)
        return pose, rebuilt, swapped

    def samples(self) -> dict[str, Tensor]:
        """See `sampler.samples`."""
        return samples(self._sampler, self.generate)
