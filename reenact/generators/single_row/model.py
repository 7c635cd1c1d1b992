"""FD-GAN with one row a level. There is nothing to choose from, so it has no tags and no keys."""

from __future__ import annotations

from torch import Tensor, nn

from reenact.config.networks import SingleRowParams
from reenact.generators.fdgan.model import DictionaryNetwork
from reenact.generators.layers.mean_row import MeanRow


class RowReader(nn.Module):
    """Adds the row at every place. That is Eq. (9) with one row: its softmax is 1."""

    def forward(self, features: Tensor, row: Tensor) -> Tensor:
        """(B, width, H, W) and the row (B, 1, width) -> (B, width, H, W)."""
        return features + row.transpose(1, 2).unsqueeze(3)


class SingleRow(DictionaryNetwork):
    """FD-GAN's extractor and translator, joined by the mean of the extractor's features at each level."""

    def __init__(self, params: SingleRowParams) -> None:
        super().__init__(params, writer=lambda level: MeanRow(), reader=lambda level: RowReader())
