"""What the backends that are neural networks have in common: they are opened late, and compute the same whatever runs beside them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import torch

BATCH_SIZE = 8  # larger ones leave the processor's cache, and take up to twice the time
Network = TypeVar("Network")
Pictures = np.ndarray | Sequence[np.ndarray]
"""N pictures, one after the other or as one array."""


class OpenedLate(ABC, Generic[Network]):
    """Opens a network when it is first used. A pickled copy leaves it behind, so that each process opens its own."""

    @abstractmethod
    def _open(self) -> Network: ...

    @cached_property
    def _network(self) -> Network:
        return self._open()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_network"}


def batches(images: Pictures) -> Iterator[np.ndarray]:
    """N pictures (S, S, 3) uint8 RGB of one size as (B, S, S, 3), at most `BATCH_SIZE` at once. ValueError for other arrays."""
    for start in range(0, len(images), BATCH_SIZE):
        batch = np.stack([*images[start : start + BATCH_SIZE]])
        if batch.dtype != np.uint8 or batch.ndim != 4 or batch.shape[-1] != 3:
            raise ValueError(f"pictures must be (S, S, 3) uint8, not {batch.shape[1:]} {batch.dtype}")
        yield batch


def channels_first(batch: np.ndarray) -> torch.Tensor:
    """(B, S, S, 3) as a tensor (B, 3, S, S) of the same type."""
    return torch.from_numpy(batch).permute(0, 3, 1, 2).contiguous()


@contextmanager
def computing() -> Iterator[None]:
    """Without gradients, and on one thread: more would add up in another order, and give other last digits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)
