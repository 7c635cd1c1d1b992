"""The feature dictionary: a memory whose rows are written by softmax over places and read by softmax over rows.

Both are attention with fixed tags on one side and without the usual 1/sqrt(length), so each is one call of
`scaled_dot_product_attention(scale=1.0)`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def write(tags: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Eq. (8): rows v (B, n, m_V) from write tags t (n, m_T), write keys p (B, N, m_T) and write values x (B, N, m_V) at N places."""
    tags = tags.to(keys.dtype).expand(len(keys), -1, -1)
    return F.scaled_dot_product_attention(tags.unsqueeze(1), keys.unsqueeze(1), values.unsqueeze(1), scale=1.0).squeeze(1)


def read(tags: Tensor, keys: Tensor, rows: Tensor) -> Tensor:
    """Eq. (9): values y (B, N, m_V) read at N places, from read tags u (n, m_T), read keys q (B, N, m_T) and rows v (B, n, m_V)."""
    tags = tags.to(keys.dtype).expand(len(keys), -1, -1)
    return F.scaled_dot_product_attention(keys.unsqueeze(1), tags.unsqueeze(1), rows.to(keys.dtype).unsqueeze(1), scale=1.0).squeeze(1)


def places(features: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H·W, C): a row of features for each place. It is a view where the memory is channels-last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


class Writer(nn.Module):
    """Writes one level's feature map into its dictionary."""

    def __init__(self, width: int, rows: int, tag_length: int) -> None:
        super().__init__()
        self.tags = nn.Parameter(torch.randn(rows, tag_length))
        self.key = nn.Linear(width, tag_length)  # a 1×1 convolution is a linear map at every place
        self.value = nn.Linear(width, width)

    def forward(self, features: Tensor) -> Tensor:
        """(B, width, H, W) -> rows (B, rows, width)."""
        features = places(features)
        return write(self.tags, self.key(features), self.value(features))


class Reader(nn.Module):
    """Reads one level's dictionary at every place of a feature map and adds what it read, as a residual block does."""

    def __init__(self, width: int, rows: int, tag_length: int) -> None:
        super().__init__()
        self.tags = nn.Parameter(torch.randn(rows, tag_length))
        self.key = nn.Linear(width, tag_length)

    def values(self, features: Tensor, rows: Tensor) -> Tensor:
        """(B, width, H, W) and rows (B, rows, width) -> what is read at every place, (B, H·W, width)."""
        return read(self.tags, self.key(places(features)), rows)

    def forward(self, features: Tensor, rows: Tensor) -> Tensor:
        """(B, width, H, W) and rows (B, rows, width) -> (B, width, H, W)."""
        return features + self.values(features, rows).unflatten(1, features.shape[2:]).permute(0, 3, 1, 2)
