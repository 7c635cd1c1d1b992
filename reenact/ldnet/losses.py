"""Eqs. (1) to (7), one function each, and two losses of our own. P(k|l) is the softmax over C's logits; expectations are batch means."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from reenact.training import distributed
from reenact.training.subject_losses import is_not_subject, is_subject


def classification(logits: Tensor, subject: Tensor) -> Tensor:
    """Eq. (1), and the first term of Eq. (4): E[-log P(k|l)] of logits (B, subjects) and labels (B,) int64."""
    return is_subject(logits, subject)


def adversary(logits: Tensor, subject: Tensor, clamped: bool) -> Tensor:
    """The second term of Eq. (2), E[log P(S1|l')], which the generator lowers until the classifier cannot tell the subject.

    It has no lower bound; `clamped` stops each sample at chance level, -log(number of subjects), where the identity is hidden already.
    """
    cross_entropy = F.cross_entropy(logits, subject, reduction="none")
    if clamped:
        cross_entropy = cross_entropy.clamp(max=math.log(logits.shape[1]))
    return -cross_entropy.mean()


def reconstruction(generated: Tensor, true: Tensor) -> Tensor:
    """Eq. (6), and the first term of Eq. (2): squared distance of each point, mean over the 68 points and the batch. Both (B, 136)."""
    return 2 * F.mse_loss(generated, true)


def discriminator(real_scores: Tensor, generated_scores: Tensor) -> Tensor:
    """Eq. (3): E[(D(l) - 1)² + (D(l') + 1)²] of scores (B, 1)."""
    return (real_scores - 1).square().mean() + (generated_scores + 1).square().mean()


def classifier(real_logits: Tensor, generated_logits: Tensor, subject: Tensor) -> Tensor:
    """Eq. (4): E[-log P(k|l_T)] + E[-log(1 - P(k|l'_T))] of logits (B, subjects) and the target's label k."""
    return classification(real_logits, subject) + is_not_subject(generated_logits, subject)


def content(generated_code: Tensor, true_code: Tensor) -> Tensor:
    """Eq. (5): squared distance of pose and expression codes (B, 64), sum over the code, mean over the batch."""
    return (generated_code - true_code).square().sum(dim=1).mean()


def fooling(generated_scores: Tensor) -> Tensor:
    """The third term of Eq. (7): E[D(l'_T)²]; 0 lies half way between D's targets."""
    return generated_scores.square().mean()


def swap(generated: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Ours: `reconstruction` of l'_T where its truth is known, 0 where it is not; mean over the batch.

    generated, truth: (B, 136). known: (B,) bool.
    """
    return 2 * ((generated - truth).square().mean(dim=1) * known).mean()


def contrast(first: Tensor, second: Tensor, subject: Tensor, log_scale: Tensor) -> Tensor:
    """Ours: a person's two identity codes should be nearer to each other than to anybody else's in the batch (InfoNCE).

    The cross-entropy of which of the others' codes is the person's own, where their probabilities are the softmax of
    -exp(log_scale) · squared distance; mean of both directions. first, second: codes (B, 128) of two frames of each subject (B,) int64.
    A subject that is in the batch twice does not oppose itself. The batch is that of all processes.
    """
    here = distributed.share(distributed.world() * len(subject))
    all_first, all_second, all_subjects = (distributed.gathered(part) for part in (first, second, subject))
    own = torch.arange(here.start, here.stop, device=subject.device)
    itself = (subject[:, None] == all_subjects) & (own[:, None] != torch.arange(len(all_subjects), device=subject.device))

    def of_one_direction(codes: Tensor, others: Tensor) -> Tensor:
        apart = codes.square().sum(dim=1)[:, None] + others.square().sum(dim=1) - 2 * codes @ others.T
        return F.cross_entropy((-log_scale.exp() * apart).masked_fill(itself, float("-inf")), own)

    return (of_one_direction(first, all_second) + of_one_direction(second, all_first)) / 2


def weighted(prefix: str, losses: dict[str, Tensor], weights: dict[str, float]) -> dict[str, Tensor]:
    """Eqs. (2) and (7): Σ λ · loss as PREFIXgenerator, and each loss before weighting; a loss of weight 0 adds nothing."""
    total = torch.stack([weight * losses[name] for name, weight in weights.items()]).sum()
    return {f"{prefix}generator": total} | {f"{prefix}{name}": loss for name, loss in losses.items()}
