"""The copier's training: one number learns to be one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

import torch
from torch import Tensor

from reenact.config.schema import Params
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.training.checkpoint import Stateful
from reenact.training.objective import Objective
from reenact.training.torch_seed import torch_seed
from reenact.training.turns import Turn
from tests.support.generators.copier.model import Copier


class Learning:
    """See `reenact.training.task.Phase`."""

    name, title, advice = "copier", "Copier", "lower nothing"
    guarded, micro_batches = "error", 1

    def __init__(self, network: Copier, iterations: int) -> None:
        self.network, self.iterations = network, iterations
        self.objective = Objective([network], torch.optim.SGD, lr=0.1)
        self.turns = (Turn({"error": self.objective}, self.losses),)

    def batches(self, start: int) -> Iterator[Tensor]:
        return repeat(torch.ones(1))

    def forward(self, batch: Tensor) -> Tensor:
        return self.network.learnt(batch)

    def losses(self, batch: Tensor, learnt: Tensor) -> dict[str, Tensor]:
        return {"error": (learnt - 1).square().mean()}

    def end_iteration(self) -> None:
        """Nothing follows."""

    def validate(self) -> dict[str, Tensor]:
        return {}

    def state(self) -> dict[str, Stateful]:
        return {"network": self.network, "objective": self.objective}

    def samples(self) -> dict[str, Tensor]:
        return {"nothing": torch.zeros(1, 3, 8, 8)}


class CopierTask:
    """See `reenact.training.task.Task`."""

    name, network = "copier", "Copier"

    def __init__(self, params: Params, device: torch.device) -> None:
        self.params, self.about = params.copier, {KEY: CropSettings.of(params.shards).model_dump()}
        with torch_seed(params.training_seed, "copier"):
            self._learning = Learning(Copier(params.copier).to(device), self.params.schedule.iterations)

    def phases(self) -> Iterator[Learning]:
        yield self._learning

    def exported(self) -> Copier:
        return self._learning.network


def make_task(params: Params, shards: Sequence[Path], device: torch.device) -> CopierTask:
    assert all(path.is_file() for path in shards)
    return CopierTask(params, device)
