"""Phase 1: a pose and expression encoder, trained against labels (paper, Eqs. 1 and 2)."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.config.networks import LDNetParams
from reenact.ldnet import losses
from reenact.ldnet.model import Classifier, IdentityTable, LDNet
from reenact.ldnet.phase import Generated, LDNetPhase
from reenact.ldnet.sampler import Draw, Sampler
from reenact.training.checkpoint import Stateful
from reenact.training.turns import Turn


class Phase1(LDNetPhase):
    """Trains `ldnet`'s E_P and G in place, together with N_I, against C."""

    name = "phase1"
    title = "LD-Net phase 1"
    guarded: str | None = "phase1/reconstruction"
    draws = "stage1"  # key of the random draws: with another, the same parameters would give another network

    def __init__(self, ldnet: LDNet, sampler: Sampler, params: LDNetParams, device: torch.device) -> None:
        super().__init__(ldnet, sampler, params, params.phase1)
        self.identities = IdentityTable(sampler.subjects, params).to(device)
        self.classifier = Classifier(sampler.subjects, params).to(device)
        self.weights = {
            "reconstruction": params.weight_reconstruction,
            "adversary": params.weight_classifier,
            "swap": params.weight_swap,
        }
        self.generator_objective = self.objective([ldnet.pose_encoder, self.identities, ldnet.generator])
        self.classifier_objective = self.objective([self.classifier])
        self.turns = (
            Turn({"phase1/classifier": self.classifier_objective}, self.classifier_losses),
            Turn({"phase1/generator": self.generator_objective}, self.generator_losses),
        )

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its draw."""
        names = ("ldnet", "average", "identities", "classifier", "generator_objective", "classifier_objective")
        return {name: getattr(self, name) for name in names}

    def generated(self, ldnet: LDNet, draw: Draw) -> Generated:
        """E_P(l_S2), and in one pass of G l'_S2 with the frame's own label, l'_T with another subject's."""
        pose = self.run(ldnet.encode_pose, draw.second)
        identity = self.identities(torch.cat([draw.subject, draw.target_subject]))
        rebuilt, swapped = self.run(ldnet.generate, pose.repeat(2, 1), identity).chunk(2)
        return Generated(pose, rebuilt, swapped)

    def classifier_losses(self, draw: Draw, made: Generated) -> dict[str, Tensor]:
        """Eq. (1)."""
        logits = self.run(self.classifier, made.swapped.detach())
        return {"phase1/classifier": losses.classification(logits, draw.subject)}

    def generator_losses(self, draw: Draw, made: Generated) -> dict[str, Tensor]:
        """Eq. (2) with the swap's error, and its terms before weighting."""
        named = {
            "reconstruction": losses.reconstruction(made.rebuilt, draw.second),
            "adversary": losses.adversary(self.run(self.classifier, made.swapped), draw.subject, self.params.clamp_adversary),
            "swap": losses.swap(made.swapped, draw.truth, draw.known),
        }
        return losses.weighted("phase1/", named, self.weights)

    def validate(self) -> dict[str, Tensor]:
        """Nothing: people who were held out have no label."""
        return {}
