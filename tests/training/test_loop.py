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
        settings = {"checkpoint_every": 4, "tracker": self.tracker, "what": "Line", "advice": "lower line.rate"}
        parts = {"net": self.net, "phase": self.phase}
        device = torch.device("cpu")
        folder, curves = self.folder, self.curves
        loop.run(
            self.step, self.batches, iterations=iterations, parts=parts, curves=curves, folder=folder, device=device, **(settings | options)
        )


@pytest.mark.parametrize(
    ("iterations", "points"),
    [
        (3, [1, 2, 3]),
        (12, list(range(1, 13))),
        (35, [*range(3, 34, 3), 35]),
        (1040, [*range(100, 1001, 100), 1040]),
        (2000, list(range(100, 2001, 100))),
    ],
)
def test_points_come_every_hundred_or_ten_times_and_at_the_end(tmp_path, iterations, points):
    line = Regression(tmp_path)
    line.run(iterations, steps_before=100, checkpoint_every=iterations)
    assert [step - 100 for step, _ in line.curves.points] == points
    assert line.tracker.seen == line.curves.points
    assert line.trained == list(range(iterations))


def test_going_on_equals_going_through(tmp_path):
    through = Regression(tmp_path / "through")
    through.run(33)
    broken = Regression(tmp_path / "broken", break_at=9)
    with pytest.raises(ReenactError):
        broken.run(33)
    resumed = Regression(tmp_path / "broken")
    resumed.run(33)
    assert resumed.trained == list(range(8, 33))  # the checkpoint at 8 lies between the points at 6 and 9
    assert torch.equal(resumed.net.weight, through.net.weight)
    assert resumed.curves.points == through.curves.points


def test_a_bad_loss_stops_before_the_next_checkpoint(tmp_path):
    line = Regression(tmp_path, break_at=6)
    with pytest.raises(ReenactError, match=r"Line: the loss 'squared' became NaN or infinite in iteration 6; lower line.rate"):
        line.run(2000)
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


def test_points_and_checkpoints_come_whether_or_not_they_fall_together(tmp_path):
    line, saved = Regression(tmp_path), []
    line.run(25, checkpoint_every=10, at_checkpoint=saved.append)
    assert saved == [10, 20, 25]
    assert [step for step, _ in line.curves.points] == [*range(2, 25, 2), 25]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["step-000000020.pt", "step-000000025.pt"]


def test_progress_begins_where_the_training_goes_on(tmp_path, capsys):
    broken = Regression(tmp_path, break_at=5)
    with pytest.raises(ReenactError):
        broken.run(33)
    capsys.readouterr()
    Regression(tmp_path).run(33)
    assert "Line" in (shown := capsys.readouterr().err) and "| 4/33" in shown and "33/33" in shown


def test_the_mean_of_an_interval_is_over_its_own_iterations(tmp_path):
    """The last, shorter interval divides by its own number."""
    line = Regression(tmp_path)
    line.step = lambda batch: {"loss": torch.tensor(float(batch[0]))}
    line.run(35, checkpoint_every=35)
    assert line.curves.points[0] == (3, {"loss": 1.0}) and line.curves.points[-1] == (35, {"loss": 33.5})
