"""PyTorch's random numbers, keyed by a name as numpy's are in `reenact.seeding`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from reenact.seeding import derived_seed


@contextmanager
def torch_seed(seed: int, *names: str | int) -> Iterator[None]:
    """Within the block PyTorch draws from a stream that depends on `seed` and `names` only; its own state is restored afterwards.

    Meant for initial weights, made on the CPU so that they are the same for every device.
    """
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed(seed, *names))
        yield
