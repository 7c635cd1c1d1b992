from __future__ import annotations

from itertools import count

import pytest
import torch
from torch import nn

from reenact.errors import ReenactError
from reenact.training import loop
from reenact.training.curves import Curves
from reenact.training.phase import Phase


class Recorder:
    """A tracker that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, dict[str, float]]] = []

    def metrics(self, values, step):
        self.seen.append((step, values))

    def image(self, name, image, step):
        raise AssertionError("the loop sends no pictures")


class Regression:
    """A line fitted to batches that depend on their step alone."""

    def __init__(self, folder, break_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.net = nn.Linear(2, 1)
        self.phase = Phase([self.net], torch.optim.Adam, lr=0.01)
        self.curves, self.tracker, self.folder, self.break_at = Curves(), Recorder(), folder, break_at
        self.trained: list[int] = []

    def batches(self, start):
        return ((step, torch.tensor([[float(step % 5), 1.0]])) for step in count(start))

    def step(self, batch):
        step, inputs = batch
        self.trained.append(step)
        loss = (self.net(inputs) - inputs[:, :1] * 3).square().sum()
        self.phase.update(loss)
        return {"squared": loss * torch.nan if step == self.break_at else loss}

    def run(self, iterations: int, **options) -> None:
        settings = {"checkpoint_every": 4, "log_every": 3, "tracker": self.tracker, "what": "Line", "advice": "lower line.rate"}
        parts = {"net": self.net, "phase": self.phase}
        device = torch.device("cpu")
        folder, curves = self.folder, self.curves
        loop.run(
            self.step, self.batches, iterations=iterations, parts=parts, curves=curves, folder=folder, device=device, **(settings | options)
        )


def test_points_come_every_n_and_at_the_end(tmp_path):
    line = Regression(tmp_path)
    line.run(8, steps_before=100)
    assert [step for step, _ in line.curves.points] == [103, 106, 108]
    assert line.tracker.seen == line.curves.points
    assert line.trained == list(range(8))


def test_going_on_equals_going_through(tmp_path):
    through = Regression(tmp_path / "through")
    through.run(11)
    broken = Regression(tmp_path / "broken", break_at=9)
    with pytest.raises(ReenactError):
        broken.run(11)
    resumed = Regression(tmp_path / "broken")
    resumed.run(11)
    assert resumed.trained == [8, 9, 10]
    assert torch.equal(resumed.net.weight, through.net.weight)
    assert resumed.curves.points == through.curves.points


def test_a_bad_loss_stops_before_the_next_checkpoint(tmp_path):
    line = Regression(tmp_path, break_at=6)
    with pytest.raises(ReenactError, match=r"Line: the loss 'squared' became NaN or infinite in iteration 6; lower line.rate"):
        line.run(20, log_every=100)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000000004.pt"]


def test_a_finished_training_is_restored_and_not_repeated(tmp_path):
    first = Regression(tmp_path)
    first.run(5)
    again = Regression(tmp_path)
    again.net.weight.data.zero_()
    again.run(5)
    assert again.trained == []
    assert torch.equal(again.net.weight, first.net.weight)
    assert again.curves.points == first.curves.points


def test_at_checkpoint_is_called_when_the_file_is_there(tmp_path):
    line, seen = Regression(tmp_path), []
    line.run(10, at_checkpoint=lambda done: seen.append((done, (tmp_path / f"step-{done:09d}.pt").is_file())))
    assert seen == [(4, True), (8, True), (10, True)]
