"""The losses of LD-Net's and FD-GAN's classifiers: is this the subject, or is it not?"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from reenact.errors import ReenactError


def is_subject(logits: Tensor, subject: Tensor) -> Tensor:
    """Mean of -log P(k|·) from logits (B, K) or (B, K, h, w) and subjects k (B,) int64; P is the softmax over K."""
    others, own = _others_and_own(logits, subject)
    return F.softplus(others - own).mean()


def is_not_subject(logits: Tensor, subject: Tensor) -> Tensor:
    """Mean of -log(1 - P(k|·)) from logits (B, K) or (B, K, h, w) and subjects k (B,) int64.

    1 - P is the other subjects' share, so this is softplus of the logit of P: it grows linearly where P nears 1, and its gradient
    never exceeds 1.
    """
    others, own = _others_and_own(logits, subject)
    return F.softplus(own - others).mean()


def _others_and_own(logits: Tensor, subject: Tensor) -> tuple[Tensor, Tensor]:
    """log of the sum of the other subjects' exponentials, and the own subject's logit; each (B, ...) float32."""
    if logits.shape[1] < 2:
        raise ReenactError("a classifier needs at least two training subjects; set corpus.train_subjects to 2 or more")
    logits = logits.float()
    places = logits.shape[2:]
    index = subject.view(-1, *[1] * (logits.ndim - 1)).expand(-1, 1, *places)
    own = logits.gather(1, index).squeeze(1)
    return logits.scatter(1, index, float("-inf")).logsumexp(1), own
