"""One objective of an iteration: the parameters that a loss moves, and the optimiser that moves them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from reenact.training import distributed

# The running mean of squares of RMSprop and Adam starts at 0: without it the first steps would be too long.
WARM_UP = 50


class Objective:
    """What one loss trains. Other networks that the loss passes through get no gradient and are not touched.

    warm_up: iterations over which the learning rate rises linearly to the optimiser's `lr`. There it stays, unless `falls_until` is given:
    the iteration by which it has fallen to 0, along half a period of a cosine.
    """

    def __init__(
        self,
        modules: Iterable[nn.Module],
        optimiser: type[torch.optim.Optimizer],
        warm_up: int = 1,
        falls_until: float = math.inf,
        **options: Any,
    ) -> None:
        self.parameters = [parameter for module in modules for parameter in module.parameters()]
        self.optimiser = optimiser(self.parameters, **options)

        def share(done: int) -> float:
            return min(1.0, (done + 1) / warm_up) * (1 + math.cos(math.pi * min(1.0, done / falls_until))) / 2

        self.schedule = LambdaLR(self.optimiser, share)

    def add(self, loss: Tensor) -> None:
        """Add the gradient of the scalar `loss` to what the next step goes down."""
        loss.backward(inputs=self.parameters)

    def step(self) -> Tensor:
        """One optimiser step, down the mean gradient where several processes train. Returns the gradient's L2 norm, a scalar."""
        distributed.average_gradients(self.parameters)
        norm = nn.utils.get_total_norm([parameter.grad for parameter in self.parameters if parameter.grad is not None])
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad(set_to_none=True)
        return norm

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return self.schedule.last_epoch

    def state_dict(self) -> dict:
        """The state of optimiser and learning rate, for a checkpoint (the weights are the modules' own)."""
        return {"optimiser": self.optimiser.state_dict(), "schedule": self.schedule.state_dict()}

    def load_state_dict(self, state: Mapping) -> None:
        """Restore what `state_dict` returned."""
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
