"""The feature dictionary: a memory whose rows are written by softmax over places and read by softmax over rows.

Both are attention with fixed tags on one side and without the usual 1/sqrt(length).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def write(tags: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Eq. (8): rows v (B, n, m_V) from write tags t (n, m_T), write keys p (B, N, m_T) and write values x (B, N, m_V) at N places."""
    return attention(tags.to(keys.dtype).expand(len(keys), -1, -1), keys, values)


def read(tags: Tensor, keys: Tensor, rows: Tensor) -> Tensor:
    """Eq. (9): values y (B, N, m_V) read at N places, from read tags u (n, m_T), read keys q (B, N, m_T) and rows v (B, n, m_V)."""
    return attention(keys, tags.to(keys.dtype).expand(len(keys), -1, -1), rows.to(keys.dtype))


def attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """softmax(queries · keysᵀ) · values, of (B, N, m_T), (B, M, m_T) and (B, M, m_V): (B, N, m_V)."""
    # PyTorch's fused attention wants keys and values of one length; else it keeps all N·M products. Zeros change no product.
    given = values.shape[2]
    length = max(keys.shape[2], given)
    queries, keys, values = (_padded(part, length).unsqueeze(1) for part in (queries, keys, values))
    return F.scaled_dot_product_attention(queries, keys, values, scale=1.0).squeeze(1)[..., :given]


def _padded(rows: Tensor, length: int) -> Tensor:
    """(B, N, m) -> (B, N, length), zeros at the end."""
    return rows if rows.shape[2] == length else F.pad(rows, (0, length - rows.shape[2]))


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
