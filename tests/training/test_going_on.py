"""A training that was killed or ended goes on from its checkpoints, through its phases, as if nothing had been."""

from __future__ import annotations

import shutil

import pytest
import torch
from torch import nn

from reenact.errors import ReenactError
from reenact.training.export import load_weights, read_description
from reenact.training.watcher import NullWatcher
from tests.support.fitting import Fitting, Killed, checkpoints, same_files, train


def test_going_on_equals_going_through(tmp_path):
    through = train(Fitting(line=33), tmp_path / "through")
    with pytest.raises(Killed):
        train(Fitting(line=33, kill_at=9), tmp_path / "broken")
    resumed = Fitting(line=33)
    seen = train(resumed, tmp_path / "broken")
    assert resumed.trained == [list(range(8, 33))]  # the checkpoint at 8 lies between the points at 6 and 9
    assert seen.points == through.points[2:]
    assert same_files(tmp_path / "broken", tmp_path / "through")


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


def test_a_watcher_that_cannot_keep_the_finished_network_costs_no_iteration(tmp_path):
    """The rule fails then, and Snakemake deletes what it wrote: the checkpoints need to outlive that."""

    class Unreachable(NullWatcher):
        def exported(self, folder):
            assert (folder / "model.safetensors").is_file() and (folder / "best" / "model.json").is_file()
            raise ConnectionError("the server is gone")

    train(Fitting(line=5), tmp_path / "through")
    with pytest.raises(ConnectionError):
        train(Fitting(line=5), tmp_path / "again", watcher=Unreachable())
    shutil.rmtree(tmp_path / "again" / "out")
    again = Fitting(line=5)
    train(again, tmp_path / "again")
    assert again.trained == [[]] and same_files(tmp_path / "again", tmp_path / "through")
    assert checkpoints(tmp_path / "again") == []


def test_progress_begins_where_the_training_goes_on(tmp_path, capsys):
    with pytest.raises(Killed):
        train(Fitting(line=33, kill_at=5), tmp_path)
    capsys.readouterr()
    train(Fitting(line=33), tmp_path)
    assert "Line" in (shown := capsys.readouterr().err) and "| 4/33" in shown and "33/33" in shown


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
