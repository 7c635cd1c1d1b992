"""One phase of a training step: the parameters that it moves, and the optimiser that moves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn


class Phase:
    """What one loss trains. Other networks that the loss passes through get no gradient and are not touched."""

    def __init__(self, modules: Iterable[nn.Module], optimiser: type[torch.optim.Optimizer], **options: object) -> None:
        self.parameters = [parameter for module in modules for parameter in module.parameters()]
        self.optimiser = optimiser(self.parameters, **options)

    def update(self, loss: Tensor) -> None:
        """One optimiser step down the gradient of the scalar `loss`."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward(inputs=self.parameters)
        self.optimiser.step()

    def state_dict(self) -> dict:
        """The optimiser's state, for a checkpoint (the weights are the modules' own)."""
        return self.optimiser.state_dict()

    def load_state_dict(self, state: Mapping) -> None:
        """Takes over what `state_dict` gave."""
        self.optimiser.load_state_dict(dict(state))
