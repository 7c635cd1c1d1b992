"""Stage 1: a pose and expression encoder, trained against labels (paper, Eqs. 1 and 2)."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.ldnet import losses
from reenact.ldnet.model import Classifier, IdentityTable, LDNet
from reenact.ldnet.sampler import Draw
from reenact.params import LDNet as LDNetParams
from reenact.training.checkpoint import Stateful
from reenact.training.phase import Phase


class Stage1:
    """Trains `ldnet`'s E_P and G in place, together with N_I, against C."""

    def __init__(self, ldnet: LDNet, subjects: int, params: LDNetParams, device: torch.device) -> None:
        self.ldnet, self.clamped = ldnet, params.clamp_adversary
        self.identities = IdentityTable(subjects, params).to(device)
        self.classifier = Classifier(subjects, params).to(device)
        self.weights = {"reconstruction": params.weight_reconstruction, "adversary": params.weight_classifier}
        rate = params.stage1.learning_rate
        generating = [ldnet.pose_encoder, self.identities, ldnet.generator]
        self.generator_phase = Phase(generating, torch.optim.Adam, lr=rate, fused=True)
        self.classifier_phase = Phase([self.classifier], torch.optim.Adam, lr=rate, fused=True)

    def parts(self) -> dict[str, Stateful]:
        """What a checkpoint must hold."""
        names = ("ldnet", "identities", "classifier", "generator_phase", "classifier_phase")
        return {name: getattr(self, name) for name in names}

    def step(self, draw: Draw) -> dict[str, Tensor]:
        """One iteration: C, then E_P, N_I and G. Returns the losses before weighting."""
        _, rebuilt, swapped = self.generate(draw)
        named = {"classifier": losses.classification(self.classifier(swapped.detach()), draw.subject)}  # Eq. (1)
        self.classifier_phase.update(named["classifier"])

        named["reconstruction"] = losses.reconstruction(rebuilt, draw.second)
        named["adversary"] = losses.adversary(self.classifier(swapped), draw.subject, self.clamped)
        self.generator_phase.update(losses.weighted_sum(named, self.weights))  # Eq. (2)
        return {f"stage1/{name}": loss for name, loss in named.items()}

    def generate(self, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
        """E_P(l_S2), and both branches of Fig. 3 in one pass of G: l'_S2 with the frame's own label, l'_T with another subject's."""
        pose = self.ldnet.encode_pose(draw.second)
        identity = self.identities(torch.cat([draw.subject, draw.target_subject]))
        rebuilt, swapped = self.ldnet.generate(pose.repeat(2, 1), identity).chunk(2)
        return pose, rebuilt, swapped
