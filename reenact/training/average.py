"""The exponential moving average (EMA) of a network's weights: the network that is exported."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

Module = TypeVar("Module", bound=nn.Module)


def average_of(network: Module, decay: float) -> Module:
    """The EMA of a network that takes no step yet: a copy without gradients, or where `decay` is 0 the network itself."""
    return deepcopy(network).requires_grad_(False) if decay > 0 else network


def move_average(average: nn.Module, network: nn.Module, decay: float, done: int) -> None:
    """Bring the EMA `average` (`average_of`) up to the network as it is after `done` steps, one or more.

    While few steps are done the mean covers their last ninth: the first weights are soon forgotten.
    """
    if average is network:
        return
    keep = min(decay, done / (done + 9))
    get_ema_multi_avg_fn(keep)(list(average.parameters()), list(network.parameters()), None)
