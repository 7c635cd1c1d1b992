"""What whoever watches a training is told, and when: points, checkpoints, samples, times."""

from __future__ import annotations

import time

import pytest
import torch

from reenact.training.watcher import NullWatcher
from tests.support.fitting import Fitting, Line, Recorder, checkpoints, curves, train


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


def test_points_and_checkpoints_come_whether_or_not_they_fall_together(tmp_path, monkeypatch):
    monkeypatch.setattr("reenact.training.checkpoint.clear", lambda folder: None)
    seen = train(Fitting(line=25), tmp_path, checkpoint_every=10)
    assert seen.saved == [("fitting", 10), ("fitting", 20), ("fitting", 25)]
    assert [iteration for iteration, _ in seen.points] == [*range(2, 25, 2), 25]
    assert checkpoints(tmp_path) == ["line/iteration-000000020.pt", "line/iteration-000000025.pt"]


def test_the_mean_of_an_interval_is_over_its_own_iterations(tmp_path, monkeypatch):
    """The last interval is shorter, and is divided by its own length."""
    monkeypatch.setattr(Line, "losses", lambda self, batch, fitted: {"line/squared": float(batch[0]) + 0 * fitted.sum()})
    seen = train(Fitting(line=35), tmp_path, checkpoint_every=35)
    means = [(iteration, values["line/squared"]) for iteration, values in seen.points]
    assert means[0] == (3, 1.0) and means[-1] == (35, 33.5)


def test_the_watcher_is_told_of_a_checkpoint_when_the_file_is_there(tmp_path):
    told, watcher = [], NullWatcher()
    watcher.samples = lambda name, make, iteration: told.append((name, iteration, checkpoints(tmp_path)[-1]))
    train(Fitting(line=10), tmp_path, watcher=watcher)
    assert told == [("fitting", done, f"line/iteration-{done:09d}.pt") for done in (4, 8, 10)]


def test_checkpoints_of_all_phases_are_told_in_iterations_of_the_whole(tmp_path):
    seen = train(Fitting(first=6, second=5), tmp_path)
    assert seen.saved == [("fitting", done) for done in (4, 6, 6 + 4, 6 + 5)]
    assert [iteration for iteration, _ in seen.points] == list(range(1, 12))


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


def test_the_watcher_hears_where_the_time_goes_and_the_curves_do_not(tmp_path, monkeypatch):
    """The least of several points, as any of them may have waited for the machine. What the watcher itself takes is none of both."""
    told, watcher, compute, load = [], NullWatcher(), Line.forward, Line.batches

    def slow_metrics(values, iteration):
        told.append(values)
        time.sleep(0.2)

    def slow_batches(self, start):
        for batch in load(self, start):
            time.sleep(0.02)
            yield batch

    watcher.metrics = slow_metrics
    monkeypatch.setattr(Line, "batches", slow_batches)
    monkeypatch.setattr(Line, "forward", lambda self, batch: time.sleep(0.2) or compute(self, batch))
    train(Fitting(line=5), tmp_path, watcher=watcher, checkpoint_every=5)
    data, computing = (min(values[f"time/{kind}"] for values in told[1:]) for kind in ("data", "compute"))
    assert len(told) == 5 and 0.02 <= data < 0.2 <= computing < 0.4
    assert list(curves(tmp_path)[0]) == ["iteration", "line/squared", "gradient_norm/line/squared"]
