"""Phase 2: an identity encoder in place of the labels, so that unseen subjects can be encoded (paper, Eqs. 3 to 7)."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from reenact.config.networks import LDNetParams
from reenact.ldnet import losses
from reenact.ldnet.model import Classifier, Discriminator, LDNet, initialise
from reenact.ldnet.phase import Generated, LDNetPhase
from reenact.ldnet.sampler import Draw, Sampler
from reenact.training.checkpoint import Stateful
from reenact.training.turns import Turn

VALIDATION_DRAWS = 1024


class Phase2(LDNetPhase):
    """Trains `ldnet`'s E_I and G in place against D and C, both new; E_P stays as phase 1 left it, or learns, too.

    held_out: draws people who are not trained on, for the validation; None if there are none.
    """

    name = "phase2"
    title = "LD-Net phase 2"
    guarded: str | None = "phase2/reconstruction"
    draws = "stage2"  # key of the random draws: with another, the same parameters would give another network

    def __init__(self, ldnet: LDNet, sampler: Sampler, params: LDNetParams, device: torch.device, held_out: Sampler | None = None) -> None:
        if not params.generator_from_phase1:
            anew = deepcopy(ldnet.generator).cpu()  # a GPU would draw other weights
            initialise(anew)
            ldnet.generator.load_state_dict(anew.state_dict())
        super().__init__(ldnet, sampler, params, params.phase2)
        self.held_out = held_out
        self.discriminator = Discriminator(params).to(device)
        self.classifier = Classifier(sampler.subjects, params).to(device)
        self.contrasts = params.weight_contrast > 0
        self.contrast_scale = nn.ParameterDict({"log": torch.zeros((), device=device)})
        self.weights = {
            "reconstruction": params.weight_reconstruction,
            "content": params.weight_content,
            "fooling": params.weight_discriminator,
            "identity": params.weight_classifier,
            "swap": params.weight_swap,
            **({"contrast": params.weight_contrast} if self.contrasts else {}),
        }
        learning = [ldnet.identity_encoder, ldnet.generator, self.contrast_scale]
        if not params.freeze_pose_encoder:
            learning.append(ldnet.pose_encoder)
        self.generator_objective = self.objective(learning)
        self.discriminator_objective = self.objective([self.discriminator])
        self.classifier_objective = self.objective([self.classifier])
        adversaries = {"phase2/discriminator": self.discriminator_objective, "phase2/classifier": self.classifier_objective}
        self.turns = (
            Turn(adversaries, self.adversaries_losses),
            Turn({"phase2/generator": self.generator_objective}, self.generator_losses),
        )

    def state(self) -> dict[str, Stateful]:
        """All that the next iteration needs besides its draw."""
        networks = ("ldnet", "average", "discriminator", "classifier", "contrast_scale")
        objectives = ("generator_objective", "discriminator_objective", "classifier_objective")
        return {name: getattr(self, name) for name in networks + objectives}

    def generated(self, ldnet: LDNet, draw: Draw) -> Generated:
        """E_P(l_S2), and in one pass of G l'_S2 with E_I(l_S1), l'_T with E_I(l_T)."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.params.freeze_pose_encoder):
            pose = self.run(ldnet.encode_pose, draw.second)
        faces = [draw.first, draw.target, *([draw.second] if self.contrasts else [])]
        first, target, *second = self.run(ldnet.encode_identity, torch.cat(faces)).chunk(len(faces))
        rebuilt, swapped = self.run(ldnet.generate, pose.repeat(2, 1), torch.cat([first, target])).chunk(2)
        return Generated(pose, rebuilt, swapped, (first, second[0]) if self.contrasts else None)

    def adversaries_losses(self, draw: Draw, made: Generated) -> dict[str, Tensor]:
        """Eqs. (3) and (4)."""
        generated = made.swapped.detach()
        real_scores, generated_scores = self.run(self.discriminator, torch.cat([draw.second, generated])).chunk(2)
        real_logits, generated_logits = self.run(self.classifier, torch.cat([draw.target, generated])).chunk(2)
        return {
            "phase2/discriminator": losses.discriminator(real_scores, generated_scores),
            "phase2/classifier": losses.classifier(real_logits, generated_logits, draw.target_subject),
        }

    def generator_losses(self, draw: Draw, made: Generated) -> dict[str, Tensor]:
        """Eq. (7) with the swap's error and the contrast of identity codes, and its terms before weighting."""
        named = {
            "reconstruction": losses.reconstruction(made.rebuilt, draw.second),  # Eq. (6)
            "content": losses.content(self.run(self.ldnet.encode_pose, made.swapped), made.pose),  # Eq. (5)
            "fooling": losses.fooling(self.run(self.discriminator, made.swapped)),
            "identity": losses.classification(self.run(self.classifier, made.swapped), draw.target_subject),
            "swap": losses.swap(made.swapped, draw.truth, draw.known),
        }
        if made.codes is not None:
            named["contrast"] = losses.contrast(*made.codes, draw.subject, self.contrast_scale["log"])
        return losses.weighted("phase2/", named, self.weights)

    @torch.no_grad()
    def validate(self) -> dict[str, Tensor]:
        """The EMA's errors on people who were held out, if any were, each person's identity from another frame than the pose (Eq. 6).

        reconstruction: the pose is the person's own. swap: it is another person's, over the samples whose truth is known.
        """
        if self.held_out is None:
            return {}
        draw = self.held_out.draw("validation", 0, VALIDATION_DRAWS)
        pose, known = self.average.encode_pose(draw.second), draw.known
        rebuilt = self.average.generate(pose, self.average.encode_identity(draw.first))
        found = {"validation/reconstruction": losses.reconstruction(rebuilt, draw.second)}
        if known.any():
            swapped = self.average.generate(pose[known], self.average.encode_identity(draw.target[known]))
            found["validation/swap"] = losses.reconstruction(swapped, draw.truth[known])
        return found
