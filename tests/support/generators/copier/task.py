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
from tests.support.generators.copier.model import Copier


class Learning:
    """See `reenact.training.task.Phase`."""

    name, title, advice = "copier", "Copier", "lower nothing"
    guarded = "error"

    def __init__(self, network: Copier, iterations: int) -> None:
        self.network, self.iterations = network, iterations
        self.objective = Objective([network], torch.optim.SGD, lr=0.1)

    def batches(self, start: int) -> Iterator[Tensor]:
        return repeat(torch.ones(1))

    def step(self, batch: Tensor) -> dict[str, Tensor]:
        error = (self.network.learnt(batch) - 1).square().mean()
        self.objective.update(error)
        return {"error": error}

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
