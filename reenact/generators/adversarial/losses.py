"""The losses of Eqs. (10) to (12). Every mean is over the batch and over the places of the patch networks, in float32."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor
from torch.nn import functional as F

from reenact.config.networks import AdversarialParams
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.pair_training.phase import Pairs
from reenact.training.subject_losses import is_not_subject, is_subject


class GeneratorLoss(Protocol):
    """What the generator's network minimises."""

    def __call__(self, generated: Tensor, pairs: Pairs, adversaries: Adversaries) -> dict[str, Tensor]:
        """From generated images (B, 3, S, S): the loss under `translator`, and what else the curves show, all scalars."""


class TranslatorLoss:
    """Eq. (12)."""

    def __init__(self, params: AdversarialParams) -> None:
        self.params = params

    def __call__(self, generated: Tensor, pairs: Pairs, adversaries: Adversaries) -> dict[str, Tensor]:
        """See `GeneratorLoss`. The first expectation of Eq. (12) is reported as `reconstruction`."""
        rec = reconstruction(generated, pairs.truth)
        scores, logits = adversaries(generated)
        adversary = scores.float().square().mean()
        identity = is_subject(logits, pairs.subject)
        params = self.params
        loss = params.weight_reconstruction * rec + params.weight_discriminator * adversary + params.weight_classifier * identity
        return {"translator": loss, "reconstruction": rec}


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Eq. (10): D's scores of true images should be +1, of generated ones -1."""
    return (real.float() - 1).square().mean() + (fake.float() + 1).square().mean()


def classifier_loss(real: Tensor, fake: Tensor, subject: Tensor) -> Tensor:
    """Eq. (11): C's logits should name the subject of a true image, and not name it for a generated one."""
    return is_subject(real, subject) + is_not_subject(fake, subject)


def reconstruction(generated: Tensor, truth: Tensor) -> Tensor:
    """Eq. (12)'s first expectation: the squared difference, mean over pixels, channels and the batch."""
    return F.mse_loss(generated.float(), truth.float())
