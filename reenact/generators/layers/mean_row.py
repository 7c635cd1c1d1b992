"""A dictionary of one row: the mean of the features (paper, Section 4.1)."""

from __future__ import annotations

from torch import Tensor, nn


class MeanRow(nn.Module):
    """Writes one level's feature map into its only row."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, width, H, W) -> the mean over places, (B, 1, width)."""
        return features.mean((2, 3)).unsqueeze(1)
