"""One iteration of a training: its networks take turns, and each turn moves some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from reenact.training.device import begin_iteration
from reenact.training.objective import Objective

if TYPE_CHECKING:
    from reenact.training.task import Phase

GRADIENT = "gradient_norm/"


class Turn(NamedTuple):
    """What moves at the same time.

    losses: from a batch, and what `Phase.forward` made of it, to scalar tensors by name. objectives: by the name of the loss that each
    minimises. Losses without an objective are for the curves. They must be means over the batch of what each sample gives by itself, or
    `micro_batches` must be 1.
    """

    objectives: Mapping[str, Objective]
    losses: Callable[[Any, Any], Mapping[str, Tensor]]


def run_iteration(phase: Phase, batch: Any) -> dict[str, Tensor]:
    """Let all turns of the phase pass, one after the other; a turn's losses see the networks as the turns before it left them.

    Returns each loss, and under "gradient_norm/LOSS" the norm of its gradient, scalar tensors on the networks' device. In
    `phase.micro_batches` parts, a batch gives the same gradients: each turn then goes through all parts before its networks move.
    """
    begin_iteration()
    parts = [batch] if phase.micro_batches == 1 else batch.split(phase.micro_batches)
    told: dict[str, Tensor] = {}
    alone = phase.forward(batch) if len(parts) == 1 else None
    for turn in phase.turns:
        sums: dict[str, Tensor] = {}
        for part in parts:
            made = alone if len(parts) == 1 else _forward(phase, part, turn)
            losses = turn.losses(part, made)
            for name, objective in turn.objectives.items():
                objective.add(losses[name] / len(parts))
            for name, loss in losses.items():
                value = loss.detach() / len(parts)
                sums[name] = sums[name] + value if name in sums else value
        told |= sums
        for name, objective in turn.objectives.items():
            told[GRADIENT + name] = objective.step()
    phase.end_iteration()
    return told


def _forward(phase: Phase, part: Any, turn: Turn) -> Any:
    """A part is made anew for each turn, so that its memory is free for the next. Only the last turn learns through what is made."""
    with torch.set_grad_enabled(turn is phase.turns[-1]):
        return phase.forward(part)
