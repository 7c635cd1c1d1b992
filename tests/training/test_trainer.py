from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import torch
from pydantic import BaseModel
from torch import nn

from reenact.errors import ReenactError
from reenact.training.export import load_weights, read_description
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
    task = Fitting(before=100, line=iterations)
    watched = train(task, tmp_path, checkpoint_every=iterations)
    seen = [(iteration - 100, values["line/squared"]) for iteration, values in watched.points if iteration > 100]
    assert [iteration for iteration, _ in seen] == points
    written = [(int(row["iteration"]) - 100, row["line/squared"]) for row in curves(tmp_path) if row["line/squared"]]
    assert written == [(iteration, f"{value:.6g}") for iteration, value in seen]
    assert task.trained == [list(range(100)), list(range(iterations))]


def test_going_on_equals_going_through(tmp_path):
    through = train(Fitting(line=33), tmp_path / "through")
    with pytest.raises(Killed):
        train(Fitting(line=33, kill_at=9), tmp_path / "broken")
    resumed = Fitting(line=33)
    seen = train(resumed, tmp_path / "broken")
    assert resumed.trained == [list(range(8, 33))]  # the checkpoint at 8 lies between the points at 6 and 9
    assert seen.points == through.points[2:]
    assert same_files(tmp_path / "broken", tmp_path / "through")


def test_a_bad_loss_stops_before_the_next_checkpoint(tmp_path):
    with pytest.raises(ReenactError, match=r"Line: the loss 'line/squared' became NaN or infinite in iteration 6; lower line.rate"):
        train(Fitting(line=2000, break_at=6), tmp_path)
    assert checkpoints(tmp_path) == ["line/iteration-000000004.pt"]
    assert not (tmp_path / "out").exists()


def with_losses(monkeypatch, loss) -> None:
    """The line's loss is `loss(iteration)`."""
    monkeypatch.setattr(Line, "losses", lambda self, batch, fitted: {"line/squared": loss(batch[0]) + 0 * fitted.sum()})


def test_a_network_that_comes_apart_is_not_trained_on_and_not_exported(tmp_path, monkeypatch):
    """Its loss is finite. Three means over 100 iterations show it, which the watcher still gets. The same command fails at once."""
    with_losses(monkeypatch, lambda iteration: 0.2 if iteration < 680 else 0.6)
    says = "Line: the network came apart: the loss 'line/squared' rose from 0.2 at iteration 100 to 0.6 at 1000, and did not come back"
    for first in (True, False):
        watcher = Recorder()
        with pytest.raises(ReenactError, match=says):
            train(Fitting(line=2000), tmp_path, checkpoint_every=250, watcher=watcher)
        assert [iteration for iteration, _ in watcher.points] == (list(range(100, 1001, 100)) if first else [])
        # At 750 it was coming apart already.
        assert checkpoints(tmp_path) == ["line/iteration-000000500.pt"] and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("iterations", "loss"),
    [
        (2000, lambda iteration: 0.39 if iteration > 500 else 0.2),  # not twice
        (2000, lambda iteration: 5.0 if 500 <= iteration < 700 else 0.2),  # it comes back
        (2000, lambda iteration: 0.5 if iteration < 100 else 0.11 if iteration < 500 else 0.43),  # still better than at first
        (1001, lambda iteration: 0.2 if iteration < 1000 else 5.0),  # one iteration at the end
        (999, lambda iteration: 0.2 if iteration < 500 else 5.0),  # points of a short training are noise
    ],
)
def test_a_loss_that_rises_otherwise_ends_nothing(tmp_path, monkeypatch, iterations, loss):
    with_losses(monkeypatch, loss)
    train(Fitting(line=iterations), tmp_path, checkpoint_every=500)
    assert curves(tmp_path)


def test_a_network_that_loses_nearly_all_that_it_learnt_came_apart_though_it_is_better_than_at_first(tmp_path, monkeypatch):
    with_losses(monkeypatch, lambda iteration: 0.5 if iteration < 100 else 0.09 if iteration < 300 else 0.4)
    with pytest.raises(ReenactError, match=r"rose from 0.09 at iteration 200 to 0.4 at 600, and did not come back"):
        train(Fitting(line=2000), tmp_path)


def test_the_last_checkpoint_before_a_network_began_to_come_apart_outlives_newer_ones_and_is_named(tmp_path, monkeypatch):
    with_losses(monkeypatch, lambda iteration: 0.2 if iteration < 680 else 0.6)
    with pytest.raises(ReenactError, match=r"The last good checkpoint is .*/line/iteration-000000700.pt") as refused:
        train(Fitting(line=2000), tmp_path, checkpoint_every=50)
    assert checkpoints(tmp_path) == ["line/iteration-000000700.pt"]
    with_losses(monkeypatch, lambda iteration: 0.2)
    again = Fitting(line=2000)
    with pytest.raises(ReenactError) as at_once:
        train(again, tmp_path)
    assert str(at_once.value) == str(refused.value) and again.made == []
    (folder,) = (tmp_path / "state").iterdir()
    assert f"until they change or the folder {folder} is removed" in str(refused.value)
    shutil.rmtree(folder)
    train(again, tmp_path)
    assert curves(tmp_path)


def test_a_phase_may_have_no_loss_that_is_guarded(tmp_path, monkeypatch):
    with_losses(monkeypatch, lambda iteration: 0.2 if iteration < 500 else 5.0)
    task = Fitting(line=2000)
    phases = list(task.phases())
    phases[0].guarded = None
    monkeypatch.setattr(task, "phases", lambda: iter(phases))
    train(task, tmp_path, checkpoint_every=500)
    assert curves(tmp_path)


def test_a_finished_training_is_restored_and_not_repeated(tmp_path):
    """The training stopped after its last checkpoint, as the network could not be written."""
    train(Fitting(line=5), tmp_path / "through")
    (tmp_path / "out").write_text("no folder")
    with pytest.raises(ReenactError, match="cannot be written"):
        train(Fitting(line=5), tmp_path)
    (tmp_path / "out").unlink()
    again = Fitting(line=5)
    again.net.weight.data.zero_()
    seen = train(again, tmp_path)
    assert again.trained == [[]] and seen.points == seen.saved == []
    assert same_files(tmp_path, tmp_path / "through")


def test_the_watcher_is_told_of_a_checkpoint_when_the_file_is_there(tmp_path):
    told, watcher = [], NullWatcher()
    watcher.samples = lambda name, make, iteration: told.append((name, iteration, checkpoints(tmp_path)[-1]))
    train(Fitting(line=10), tmp_path, watcher=watcher)
    assert told == [("fitting", done, f"line/iteration-{done:09d}.pt") for done in (4, 8, 10)]


def test_samples_are_those_of_the_phase_and_computed_only_for_whoever_asks(tmp_path):
    for watcher in (Recorder(), NullWatcher()):
        task = Fitting(line=5)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Line, "samples", lambda self: pytest.fail("nobody asked"))
            train(task, tmp_path / type(watcher).__name__, watcher=watcher)
    shown, watcher = [], NullWatcher()
    watcher.samples = lambda name, make, iteration: shown.append(make())
    task = Fitting(line=5)
    train(task, tmp_path / "asked", watcher=watcher)
    assert [list(samples) for samples in shown] == [["fitted"]] * 2  # checkpoints at 4 and 5
    assert torch.equal(shown[1]["fitted"], task.made[0].samples()["fitted"]) and not torch.equal(shown[0]["fitted"], shown[1]["fitted"])


def test_points_and_checkpoints_come_whether_or_not_they_fall_together(tmp_path, monkeypatch):
    monkeypatch.setattr("reenact.training.checkpoint.clear", lambda folder: None)
    seen = train(Fitting(line=25), tmp_path, checkpoint_every=10)
    assert seen.saved == [("fitting", 10), ("fitting", 20), ("fitting", 25)]
    assert [iteration for iteration, _ in seen.points] == [*range(2, 25, 2), 25]
    assert checkpoints(tmp_path) == ["line/iteration-000000020.pt", "line/iteration-000000025.pt"]


def test_progress_begins_where_the_training_goes_on(tmp_path, capsys):
    with pytest.raises(Killed):
        train(Fitting(line=33, kill_at=5), tmp_path)
    capsys.readouterr()
    train(Fitting(line=33), tmp_path)
    assert "Line" in (shown := capsys.readouterr().err) and "| 4/33" in shown and "33/33" in shown


def test_the_mean_of_an_interval_is_over_its_own_iterations(tmp_path, monkeypatch):
    """The last interval is shorter, and is divided by its own length."""
    monkeypatch.setattr(Line, "losses", lambda self, batch, fitted: {"line/squared": float(batch[0]) + 0 * fitted.sum()})
    seen = train(Fitting(line=35), tmp_path, checkpoint_every=35)
    means = [(iteration, values["line/squared"]) for iteration, values in seen.points]
    assert means[0] == (3, 1.0) and means[-1] == (35, 33.5)


def test_a_phase_is_made_when_the_one_before_has_ended_and_goes_on_from_its_weights(tmp_path):
    found = []

    class Watched(Fitting):
        def phases(self):
            for phase in super().phases():
                found.append(([list(trained) for trained in self.trained], self.net.weight.detach().clone()))
                yield phase

    task = Watched(first=6, second=3)
    before = task.net.weight.detach().clone()
    train(task, tmp_path)
    (at_first, first), (at_second, second) = found
    assert (at_first, at_second) == ([[]], [[0, 1, 2, 3, 4, 5], []])
    alone = Fitting(first=6)
    train(alone, tmp_path / "alone")
    assert torch.equal(first, before) and torch.equal(second, alone.net.weight)


def test_a_training_that_broke_in_its_second_phase_does_not_repeat_the_first(tmp_path):
    through = train(Fitting(first=6, second=20), tmp_path / "through")
    with pytest.raises(Killed):
        train(Fitting(first=6, second=20, kill_at=9), tmp_path / "broken")
    assert checkpoints(tmp_path / "broken") == [f"{name}.pt" for name in ("first/iteration-000000004", "first/iteration-000000006")] + [
        f"second/iteration-{done:09d}.pt" for done in (4, 8)
    ]
    resumed = Fitting(first=6, second=20)
    seen = train(resumed, tmp_path / "broken")
    assert resumed.trained == [[], list(range(8, 20))]
    assert seen.points == [point for point in through.points if point[0] > 6 + 8]
    assert same_files(tmp_path / "broken", tmp_path / "through")


def test_checkpoints_of_all_phases_are_told_in_iterations_of_the_whole(tmp_path):
    seen = train(Fitting(first=6, second=5), tmp_path)
    assert seen.saved == [("fitting", done) for done in (4, 6, 6 + 4, 6 + 5)]
    assert [iteration for iteration, _ in seen.points] == list(range(1, 12))


def test_the_export_says_what_was_trained_and_the_checkpoints_go(tmp_path):
    with pytest.raises(Killed):
        train(Fitting(first=6, second=5, kill_at=0), tmp_path, shards="other")
    left = checkpoints(tmp_path)
    task = Fitting(first=6, second=5)
    train(task, tmp_path, shards="abc")
    description = read_description(tmp_path / "out", "Line")
    assert description["iterations"] == {"first": 6, "second": 5} and description["params"] == {"rate": 0.01}
    assert (description["seed"], description["made_from"], description["unit"]) == (7, {"shards": "abc"}, "metre")
    loaded = nn.Linear(2, 1)
    load_weights(tmp_path / "out", loaded)
    assert torch.equal(loaded.weight, task.net.weight) and torch.equal(loaded.bias, task.net.bias)
    assert checkpoints(tmp_path) == left == ["first/iteration-000000004.pt", "first/iteration-000000006.pt"]  # of another input


def with_validation(monkeypatch, losses: dict[int, float]) -> None:
    """The losses on held-out subjects by the iterations done."""
    monkeypatch.setattr(Line, "validate", lambda self: {"validation/squared": torch.tensor(losses[len(self.trained)])})


def test_the_best_network_on_held_out_subjects_is_exported_beside_the_last(tmp_path, monkeypatch):
    with_validation(monkeypatch, {4: 3.0, 8: 1.0, 12: 2.0, 16: 2.5, 20: 1.5})
    weights = {}
    watcher = Recorder()
    task = Fitting(line=20)
    watcher.samples = lambda name, make, iteration: weights.update({iteration: task.net.weight.detach().clone()})
    train(task, tmp_path, watcher=watcher)
    loaded = nn.Linear(2, 1)
    for folder, iteration in ((tmp_path / "out", 20), (tmp_path / "out" / "best", 8)):
        description = read_description(folder, "Line")
        assert description["iterations"] == {"line": iteration}
        assert description["validation"] == {
            "best": {"iteration": 8, "losses": {"validation/squared": 1.0}},
            "last": {"iteration": 20, "losses": {"validation/squared": 1.5}},
        }
        load_weights(folder, loaded)
        assert torch.equal(loaded.weight, weights[iteration])
    assert sorted(path.name for path in (tmp_path / "out" / "best").iterdir()) == ["model.json", "model.safetensors"]
    assert [values for _, values in watcher.points if "validation/squared" in values] == [
        {"validation/squared": value} for value in (3.0, 1.0, 2.0, 2.5, 1.5)
    ]
    assert "validation/squared" not in curves(tmp_path)[0]

    monkeypatch.setattr(Line, "validate", lambda self: {})
    train(Fitting(line=20), tmp_path, of="other data")
    weights = [(tmp_path / "out" / folder / "model.safetensors").read_bytes() for folder in (".", "best")]
    assert weights[0] == weights[1], "without held-out subjects the last network stands for the best"


def test_a_killed_training_still_knows_its_best(tmp_path, monkeypatch):
    losses = {4: 1.0, 8: 3.0, 12: 2.0, 16: 2.5, 20: 1.5}
    with_validation(monkeypatch, losses)
    train(Fitting(line=20), tmp_path / "through")
    with pytest.raises(Killed):
        train(Fitting(line=20, kill_at=17), tmp_path)
    assert checkpoints(tmp_path) == [f"line/iteration-{done:09d}.pt" for done in (4, 12, 16)], "the best outlives newer ones"
    monkeypatch.setattr(Line, "validate", lambda self: {"validation/squared": torch.tensor(losses[16 + len(self.trained)])})
    train(Fitting(line=20), tmp_path)
    assert same_files(tmp_path, tmp_path / "through")
    for name in ("model.json", "model.safetensors"):
        assert (tmp_path / "out/best" / name).read_bytes() == (tmp_path / "through/out/best" / name).read_bytes()


def test_a_validation_that_is_no_number_ends_the_training(tmp_path, monkeypatch):
    with_validation(monkeypatch, {4: 1.0, 8: float("nan")})
    with pytest.raises(ReenactError, match=r"Line: 'validation/squared' became NaN or infinite at iteration 8; lower line.rate"):
        train(Fitting(line=20), tmp_path)
    assert checkpoints(tmp_path) == ["line/iteration-000000004.pt"]


def test_the_watcher_hears_where_the_time_goes_and_the_curves_do_not(tmp_path, monkeypatch):
    told, watcher, compute, load = {}, NullWatcher(), Line.forward, Line.batches
    watcher.metrics = lambda values, iteration: told.update(values)

    def slow_batches(self, start):
        for batch in load(self, start):
            time.sleep(0.02)
            yield batch

    monkeypatch.setattr(Line, "batches", slow_batches)
    monkeypatch.setattr(Line, "forward", lambda self, batch: time.sleep(0.04) or compute(self, batch))
    train(Fitting(line=20), tmp_path, watcher=watcher)
    assert 0.02 <= told["time/data"] < 0.04 <= told["time/compute"]
    assert list(curves(tmp_path)[0]) == ["iteration", "line/squared", "gradient_norm/line/squared"]


def test_a_damaged_best_checkpoint_is_an_error_and_no_other_network_passes_for_it(tmp_path, monkeypatch):
    with_validation(monkeypatch, {4: 3.0, 8: 1.0, 12: 2.0, 16: 2.5, 20: 1.5})
    watcher = NullWatcher()

    def damage(name, make, iteration):
        if iteration == 20:
            (found,) = tmp_path.glob("state/*/line/iteration-000000008.pt")
            found.write_bytes(b"damaged")

    watcher.samples = damage
    with pytest.raises(
        ReenactError, match=r"the best checkpoint, after 8 iterations, is damaged or gone; remove the folder .* to train afresh"
    ):
        train(Fitting(line=20), tmp_path, watcher=watcher)
    assert not (tmp_path / "out" / "best").exists()
