"""The exponential moving average (EMA) of a network's weights: the network that is exported."""

from __future__ import annotations

from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


def move_average(average: nn.Module, network: nn.Module, decay: float, done: int) -> None:
    """Bring the EMA `average` up to the network as it is after `done` steps, one or more. decay: 0 makes it the network itself.

    While few steps are done the mean covers their last ninth: the first weights are soon forgotten.
    """
    keep = min(decay, done / (done + 9))
    get_ema_multi_avg_fn(keep)(list(average.parameters()), list(network.parameters()), None)
