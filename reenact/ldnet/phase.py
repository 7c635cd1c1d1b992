"""What both phases of LD-Net's training have: draws, the EMA of the exported networks, and samples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from reenact.config.networks import LDNetParams, Schedule
from reenact.ldnet.model import LDNet
from reenact.ldnet.sampler import Draw, Sampler
from reenact.ldnet.swaps import PEOPLE, choose
from reenact.training.average import average_of, move_average
from reenact.training.device import autocast, compile_in_place, pick_precision
from reenact.training.objective import Objective
from reenact.training.turns import Turn


class Generated(NamedTuple):
    """Both branches of Fig. 3. codes: identity codes that only the contrast looks at, or None."""

    pose: Tensor
    """(B, 64): E_P(l_S2)."""
    rebuilt: Tensor
    """(B, 136): l'_S2, with the frame's own identity."""
    swapped: Tensor
    """(B, 136): l'_T, with another subject's."""
    codes: tuple[Tensor, Tensor] | None = None
    """E_I(l_S1) and E_I(l_S2), (B, 128) each."""


class LDNetPhase:
    """A phase (`reenact.training.task.Phase`) of LD-Net, without its networks and turns. It trains parts of `ldnet` in place.

    `average` is `ldnet` with the exponential moving average (EMA) of its weights. `held_out` draws people who are not trained on.
    """

    name: str
    title: str
    draws: str
    guarded: str | None
    turns: Sequence[Turn]
    held_out: Sampler | None = None

    def __init__(self, ldnet: LDNet, sampler: Sampler, params: LDNetParams, schedule: Schedule) -> None:
        self.ldnet, self.average = ldnet, average_of(ldnet, params.ema_decay)
        self.params, self.schedule, self._sampler = params, schedule, sampler
        self._device = next(ldnet.parameters()).device
        self._precision = pick_precision(params.precision, self._device)
        self.advice = f"lower ldnet.{self.name}.learning_rate"
        self.iterations, self.micro_batches = schedule.iterations, params.micro_batches

    def objective(self, modules: Sequence[nn.Module]) -> Objective:
        """Adam for these networks."""
        if self.params.compile:
            for module in modules:
                compile_in_place(module, self._device)
        return Objective(modules, torch.optim.Adam, lr=self.schedule.learning_rate, fused=True)

    def batches(self, start: int) -> Iterator[Draw]:
        """The draws of the iterations from `start` on, without end."""
        return self._sampler.draws(self.draws, start, batch_size=self.schedule.batch_size)

    def run(self, network: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
        """What `network` makes of `inputs`, computed in the training's precision. It is float32, and so are the losses of it."""
        with autocast(self._device, self._precision):
            return network(*inputs).float()

    @abstractmethod
    def generated(self, ldnet: LDNet, draw: Draw) -> Generated:
        """What `ldnet`, the one in training or its EMA, generates of a draw."""

    def forward(self, draw: Draw) -> Generated:
        """What all losses look at."""
        return self.generated(self.ldnet, draw)

    def end_iteration(self) -> None:
        """Move the EMA of the weights."""
        (objective,) = self.turns[-1].objectives.values()
        move_average(self.average, self.ldnet, self.params.ema_decay, objective.steps)

    @torch.no_grad()
    def samples(self) -> dict[str, Tensor]:
        """Swaps of the same people and frames each time, of people held out where there are any: see `ldnet.swaps.Shown`.

        swapped: (R, C, 136), the EMA's l'_T of the column's frame and the row's person.
        """
        people, labels, known = (self.held_out or self._sampler).people(PEOPLE)
        shown = choose([frames.cpu().numpy() for frames in people], known)
        size = shown.truth.shape[:2]
        device = people[0].device
        identity, pose = (torch.from_numpy(points).to(device) for points in shown[:2])
        target, driven = identity.repeat_interleave(size[1], 0), pose.repeat(size[0], 1)
        label = torch.tensor(labels, device=device)
        draw = Draw(
            first=driven,
            second=driven,
            subject=label[:1].expand(len(driven)),
            target=target,
            target_subject=label.repeat_interleave(size[1]),
            truth=target,
            known=torch.zeros(len(driven), dtype=torch.bool, device=device),
        )
        swapped = self.generated(self.average, draw).swapped.unflatten(0, size)
        return {"identity": identity, "pose": pose, "swapped": swapped, "truth": torch.from_numpy(shown.truth)}
