"""The two networks that a generator's network learns against."""

from __future__ import annotations

from torch import Tensor, nn

from reenact.config.networks import AdversarialParams
from reenact.generators.layers.patch import PatchNetwork


class Adversaries(nn.Module):
    """D and C. They are not exported."""

    def __init__(self, params: AdversarialParams, subjects: int) -> None:
        super().__init__()
        self.discriminator = PatchNetwork(params.widths, 1)
        self.classifier = PatchNetwork(params.widths, subjects)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) in [-1, 1] -> scores of D (B, 1, H/16, W/16), logits of C (B, subjects, H/16, W/16)."""
        return self.discriminator(image), self.classifier(image)
