"""What an iteration of a training computes: for comparing devices, precisions, and networks that are compiled with those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from reenact.training.turns import run_iteration


class Iteration(NamedTuple):
    """All on the CPU, float32. made: what the networks make of the batch. losses: with the norms of their gradients.

    gradients: of each parameter, by its objective and place.
    """

    made: dict[str, Tensor]
    losses: dict[str, Tensor]
    gradients: dict[str, Tensor]


def iteration(phase: Any, batch: Any) -> Iteration:
    """Run an iteration of the phase, whose networks have moved after that."""
    gradients: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(optimiser: torch.optim.Optimizer, *_: Any) -> None:
            parameters = [each for group in optimiser.param_groups for each in group["params"]]
            gradients.update({f"{name} {k}": _here(each.grad) for k, each in enumerate(parameters) if each.grad is not None})

        return hook

    objectives = {name: part.optimiser for name, part in phase.state().items() if hasattr(part, "optimiser")}
    hooks = [optimiser.register_step_pre_hook(keep(name)) for name, optimiser in objectives.items()]
    with torch.no_grad():
        made = {str(k): _here(each) for k, each in enumerate(_tensors(phase.forward(batch)))}
    losses = {name: _here(loss) for name, loss in run_iteration(phase, batch).items()}
    for hook in hooks:
        hook.remove()
    return Iteration(made, losses, gradients)


def differences(expected: Iteration, got: Iteration) -> dict[str, float]:
    """The largest relative difference of what is made, of losses and of gradients, each the norm of a difference over the norm.

    A gradient's counts at least as a hundredth of the largest one: some are nothing but rounding.
    """
    found = {}
    for kind, first, second in zip(Iteration._fields, expected, got, strict=True):
        assert first.keys() == second.keys() and first, kind
        norms = {name: float(each.norm()) for name, each in first.items()}
        least = 1e-2 * max(norms.values()) if kind == "gradients" else 1e-6
        found[kind] = max(float((each - second[name]).norm()) / max(norms[name], least) for name, each in first.items())
    return found


def _here(tensor: Tensor) -> Tensor:
    return tensor.detach().float().cpu().clone()


def _tensors(given: Any) -> Iterator[Tensor]:
    """The tensors of numbers in nested tuples."""
    if isinstance(given, tuple):
        for part in given:
            yield from _tensors(part)
    elif isinstance(given, Tensor) and given.is_floating_point():
        yield given
