"""FD-GAN's losses, Eqs. (10) to (12). Every mean is over the batch and over the places of the patch networks, in float32."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from reenact import params
from reenact.errors import ReenactError


def negative_log_p(logits: Tensor, subject: Tensor) -> Tensor:
    """Mean of -log P(k|·) from logits (B, K, h, w) and subjects k (B,) int64."""
    others, own = _others_and_own(logits, subject)
    return F.softplus(others - own).mean()


def negative_log_not_p(logits: Tensor, subject: Tensor) -> Tensor:
    """Mean of -log(1 - P(k|·)) from logits (B, K, h, w) and subjects k (B,) int64.

    1 - P is the other subjects' share, so this is softplus of the logit of P: it grows linearly where P nears 1, and its gradient
    never exceeds 1.
    """
    others, own = _others_and_own(logits, subject)
    return F.softplus(own - others).mean()


def _others_and_own(logits: Tensor, subject: Tensor) -> tuple[Tensor, Tensor]:
    """log of the sum of the other subjects' exponentials, and the own subject's logit; each (B, h, w) float32."""
    if logits.shape[1] < 2:
        raise ReenactError("FD-GAN's classifier needs at least two training subjects; set corpus.train_subjects to 2 or more")
    logits = logits.float()
    index = subject.view(-1, 1, 1, 1).expand(-1, 1, *logits.shape[2:])
    own = logits.gather(1, index).squeeze(1)
    return logits.scatter(1, index, float("-inf")).logsumexp(1), own


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Eq. (10): D's scores of true images should be +1, of painted ones -1."""
    return (real.float() - 1).square().mean() + (fake.float() + 1).square().mean()


def classifier_loss(real: Tensor, fake: Tensor, subject: Tensor) -> Tensor:
    """Eq. (11): C's logits should name the subject of a true image, and not name it for a painted one."""
    return negative_log_p(real, subject) + negative_log_not_p(fake, subject)


def reconstruction(painted: Tensor, truth: Tensor) -> Tensor:
    """Eq. (12)'s first expectation: the squared difference, mean over pixels, channels and the batch."""
    return F.mse_loss(painted.float(), truth.float())


def translator_loss(rec: Tensor, scores: Tensor, logits: Tensor, subject: Tensor, config: params.FDGAN) -> Tensor:
    """Eq. (12), from the reconstruction and from D's scores and C's logits of painted images."""
    adversary = scores.float().square().mean()
    identity = negative_log_p(logits, subject)
    return config.weight_reconstruction * rec + config.weight_discriminator * adversary + config.weight_classifier * identity
