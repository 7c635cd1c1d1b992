"""Adaptive instance normalisation (AdaIN): a level's features are normalised, then scaled and shifted by what the dictionary says."""

from __future__ import annotations

from torch import Tensor, nn

from reenact.generators.fdgan.dictionary import Reader, places
from reenact.generators.layers.instance_norm import instance_norm


class Modulation(nn.Module):
    """(1 + scale) · normalised + shift, with scale and shift a linear map of a value. The normalisation is over places, in each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.affine = nn.Linear(width, 2 * width)

    def forward(self, features: Tensor, values: Tensor) -> Tensor:
        """(B, width, H, W) and values (B, H·W, width), or one for all places (B, 1, width) -> (B, width, H, W)."""
        scale, shift = self.affine(values).chunk(2, 2)
        modulated = (1 + scale) * places(instance_norm(features)) + shift
        return modulated.unflatten(1, features.shape[2:]).permute(0, 3, 1, 2)


class ModulationReader(nn.Module):
    """Reads the full dictionary at every place, as FD-GAN does, and modulates with what it read."""

    def __init__(self, width: int, rows: int, tag_length: int) -> None:
        super().__init__()
        self.reader = Reader(width, rows, tag_length)
        self.modulation = Modulation(width)

    def forward(self, features: Tensor, rows: Tensor) -> Tensor:
        """(B, width, H, W) and rows (B, rows, width) -> (B, width, H, W)."""
        return self.modulation(features, self.reader.values(features, rows))
