"""PyTorch's random numbers, keyed by a name as numpy's are in `reenact.seeding`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

from reenact.seeding import derived_seed


@contextmanager
def torch_seed(seed: int, *names: str | int) -> Iterator[None]:
    """Within the block PyTorch draws from a stream that depends on `seed` and `names` only; its own state is restored afterwards.

    Meant for initial weights, made on the CPU so that they are the same for every device.
    """
    with torch.random.fork_rng(range(torch.cuda.device_count())):  # named, as PyTorch warns where several are forked unasked
        torch.manual_seed(derived_seed(seed, *names))
        yield


class RandomState:
    """The state of PyTorch's own random numbers on all devices, for a checkpoint."""

    def state_dict(self) -> dict:
        """The states, on the CPU."""
        return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []}

    def load_state_dict(self, state: Mapping) -> None:
        """Restore what `state_dict` returned; the devices' own only where there are as many."""
        torch.set_rng_state(state["cpu"].cpu())
        if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all([each.cpu() for each in state["cuda"]])
