"""FD-GAN's losses, Eqs. (10) to (12). Every mean is over the batch and over the places of the patch networks, in float32."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from reenact.config.networks import FDGANParams
from reenact.training.subject_losses import is_not_subject, is_subject


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Eq. (10): D's scores of true images should be +1, of generated ones -1."""
    return (real.float() - 1).square().mean() + (fake.float() + 1).square().mean()


def classifier_loss(real: Tensor, fake: Tensor, subject: Tensor) -> Tensor:
    """Eq. (11): C's logits should name the subject of a true image, and not name it for a generated one."""
    return is_subject(real, subject) + is_not_subject(fake, subject)


def reconstruction(generated: Tensor, truth: Tensor) -> Tensor:
    """Eq. (12)'s first expectation: the squared difference, mean over pixels, channels and the batch."""
    return F.mse_loss(generated.float(), truth.float())


def translator_loss(rec: Tensor, scores: Tensor, logits: Tensor, subject: Tensor, config: FDGANParams) -> Tensor:
    """Eq. (12), from the reconstruction and from D's scores and C's logits of generated images."""
    adversary = scores.float().square().mean()
    identity = is_subject(logits, subject)
    return config.weight_reconstruction * rec + config.weight_discriminator * adversary + config.weight_classifier * identity
