"""Pix2PixHD's losses (arXiv 1711.11585, Eqs. 2 to 5), with least squares for the adversarial ones. All are float32 scalars.

Each takes what the discriminators' layers gave, of each scale, the scores last. Sums are over scales and layers; means over all else.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

Judged = list[list[Tensor]]


def discriminator_loss(real: Judged, fake: Judged) -> Tensor:
    """Half of E[(D(real) - 1)²] + E[D(fake)²]: scores of true images should be 1, of generated ones 0."""
    pairs = zip(real, fake, strict=True)
    return torch.stack([(r[-1].float() - 1).square().mean() + f[-1].float().square().mean() for r, f in pairs]).sum() / 2


def adversarial_loss(fake: Judged) -> Tensor:
    """E[(D(fake) - 1)²]: the generator wants its images taken for true."""
    return torch.stack([(scale[-1].float() - 1).square().mean() for scale in fake]).sum()


def feature_matching(real: Judged, fake: Judged) -> Tensor:
    """Eq. (4): the absolute difference of what the layers give of true and generated images. The scores are no features."""
    layers = [pair for r, f in zip(real, fake, strict=True) for pair in zip(r[:-1], f[:-1], strict=True)]
    return torch.stack([F.l1_loss(f.float(), r.float()) for r, f in layers]).sum()
