"""A training of the trainer's own: a line fitted in phases, which may break or be killed where a test wants it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import torch
from pydantic import BaseModel
from torch import nn

from reenact.training.objective import Objective
from reenact.training.trainer import Trainer
from reenact.training.turns import Turn
from reenact.training.watcher import NullWatcher

CPU = torch.device("cpu")
FILES = ("curves.csv", "model.json", "model.safetensors")


class Killed(Exception):
    """The process ends here."""


class Recorder(NullWatcher):
    """A watcher that keeps what it is told but times, and computes no samples."""

    def __init__(self) -> None:
        self.points: list[tuple[int, dict[str, float]]] = []
        self.saved: list[tuple[str, int]] = []

    def metrics(self, values, iteration):
        self.points.append((iteration, {name: value for name, value in values.items() if not name.startswith("time/")}))

    def samples(self, name, make, iteration):
        self.saved.append((name, iteration))


class Line:
    """A phase: a line fitted to batches that depend on their iteration alone."""

    title, advice, micro_batches = "Line", "lower line.rate", 1

    def __init__(self, net: nn.Module, name: str, iterations: int, break_at: int | None, kill_at: int | None) -> None:
        self.guarded = f"{name}/squared"
        self.net, self.name, self.iterations, self.break_at, self.kill_at = net, name, iterations, break_at, kill_at
        self.objective = Objective([net], torch.optim.Adam, lr=0.01)
        self.turns = (Turn({f"{name}/squared": self.objective}, self.losses),)
        self.trained: list[int] = []

    def batches(self, start):
        return ((iteration, torch.tensor([[float(iteration % 5), 1.0]])) for iteration in count(start))

    def forward(self, batch):
        iteration, inputs = batch
        if iteration == self.kill_at:
            raise Killed
        self.trained.append(iteration)
        return self.net(inputs)

    def losses(self, batch, fitted):
        iteration, inputs = batch
        loss = (fitted - inputs[:, :1] * 3).square().sum()
        return {f"{self.name}/squared": loss * torch.nan if iteration == self.break_at else loss}

    def end_iteration(self):
        pass

    def validate(self):
        return {}

    def state(self):
        return {"net": self.net, "objective": self.objective}

    @torch.no_grad()
    def samples(self):
        return {"fitted": self.net(torch.eye(2))}


class Section(BaseModel):
    """The parameters of the task below."""

    rate: float = 0.01


class Fitting:
    """A task: one network, fitted in phases of these lengths. A loss of the last phase is NaN in iteration `break_at`,
    or the process ends in iteration `kill_at`."""

    name, network = "fitting", "Line"

    def __init__(self, break_at: int | None = None, kill_at: int | None = None, **lengths: int) -> None:
        torch.manual_seed(0)
        self.net, self.params, self.about = nn.Linear(2, 1), Section(), {"unit": "metre"}
        self._lengths, self._faults = lengths, (break_at, kill_at)
        self.made: list[Line] = []

    def phases(self) -> Iterator[Line]:
        for name, iterations in self._lengths.items():
            last = len(self.made) == len(self._lengths) - 1
            self.made.append(Line(self.net, name, iterations, *(self._faults if last else (None, None))))
            yield self.made[-1]

    def exported(self) -> nn.Module:
        return self.net

    @property
    def trained(self) -> list[list[int]]:
        """The iterations of each phase that was made."""
        return [phase.trained for phase in self.made]


def train(task: Fitting, folder: Path, checkpoint_every: int = 4, watcher=None, **made_from: str) -> Recorder:
    """Train a task below `folder`; returns what its watcher was told."""
    watcher = watcher or Recorder()
    Trainer(
        seed=7,
        made_from=made_from,
        state_dir=folder / "state",
        out_dir=folder / "out",
        checkpoint_every=checkpoint_every,
        device=CPU,
        watcher=watcher,
    ).train(task)
    return watcher


def checkpoints(folder: Path) -> list[str]:
    """Phase and file of every checkpoint, in order."""
    return sorted(f"{path.parent.name}/{path.name}" for path in (folder / "state").glob("*/*/iteration-*.pt"))


def curves(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "curves.csv").open() as file:
        return list(csv.DictReader(file))


def same_files(folder: Path, other: Path) -> bool:
    return all((folder / "out" / name).read_bytes() == (other / "out" / name).read_bytes() for name in FILES)
