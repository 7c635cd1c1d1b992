"""Stage 2: an identity encoder in place of the labels, so that unseen subjects can be encoded (paper, Eqs. 3 to 7)."""

from __future__ import annotations

import torch
from torch import Tensor

from reenact.ldnet import losses
from reenact.ldnet.model import MLP, Classifier, Discriminator, LDNet, initialise
from reenact.ldnet.sampler import Draw
from reenact.params import LDNet as LDNetParams
from reenact.training.checkpoint import Stateful
from reenact.training.phase import Phase


class Stage2:
    """Trains `ldnet`'s E_I and G in place against D and C, both new; E_P stays as stage 1 left it."""

    def __init__(self, ldnet: LDNet, subjects: int, params: LDNetParams, device: torch.device) -> None:
        self.ldnet = ldnet
        if not params.generator_from_stage1:
            initialise(ldnet.generator)
        self.discriminator = Discriminator(params).to(device)
        self.classifier = Classifier(subjects, params).to(device)
        self.weights = {
            "reconstruction": params.weight_reconstruction,
            "content": params.weight_content,
            "fooling": params.weight_discriminator,
            "identity": params.weight_classifier,
        }
        rate = params.stage2.learning_rate
        generating: list[MLP] = [ldnet.identity_encoder, ldnet.generator]
        self.generator_phase = Phase(generating, torch.optim.Adam, lr=rate, fused=True)
        self.discriminator_phase = Phase([self.discriminator], torch.optim.Adam, lr=rate, fused=True)
        self.classifier_phase = Phase([self.classifier], torch.optim.Adam, lr=rate, fused=True)

    def parts(self) -> dict[str, Stateful]:
        """What a checkpoint must hold."""
        names = ("ldnet", "discriminator", "classifier", "generator_phase", "discriminator_phase", "classifier_phase")
        return {name: getattr(self, name) for name in names}

    def step(self, draw: Draw) -> dict[str, Tensor]:
        """One iteration: D, C, then E_I and G. Returns the losses before weighting."""
        pose, rebuilt, swapped = self.generate(draw)
        generated, k = swapped.detach(), draw.target_subject

        real_scores, generated_scores = self.discriminator(torch.cat([draw.second, generated])).chunk(2)
        named = {"discriminator": losses.discriminator(real_scores, generated_scores)}  # Eq. (3)
        self.discriminator_phase.update(named["discriminator"])

        real_logits, generated_logits = self.classifier(torch.cat([draw.target, generated])).chunk(2)
        named["classifier"] = losses.classifier(real_logits, generated_logits, k)  # Eq. (4)
        self.classifier_phase.update(named["classifier"])

        named["reconstruction"] = losses.reconstruction(rebuilt, draw.second)  # Eq. (6)
        named["content"] = losses.content(self.ldnet.encode_pose(swapped), pose)  # Eq. (5)
        named["fooling"] = losses.fooling(self.discriminator(swapped))
        named["identity"] = losses.classification(self.classifier(swapped), k)
        self.generator_phase.update(losses.weighted_sum(named, self.weights))  # Eq. (7)
        return {f"stage2/{name}": loss for name, loss in named.items()}

    def generate(self, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
        """E_P(l_S2), and both branches of Fig. 3 in one pass of G: l'_S2 with E_I(l_S1), l'_T with E_I(l_T)."""
        with torch.no_grad():
            pose = self.ldnet.encode_pose(draw.second)
        identity = self.ldnet.encode_identity(torch.cat([draw.first, draw.target]))
        rebuilt, swapped = self.ldnet.generate(pose.repeat(2, 1), identity).chunk(2)
        return pose, rebuilt, swapped
