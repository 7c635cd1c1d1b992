"""A training whose loss is no number, or rises and stays there, ends; its last good checkpoint stays."""

from __future__ import annotations

import shutil
import signal

import pytest

from reenact.errors import ReenactError
from tests.support.fitting import Fitting, Line, Recorder, checkpoints, curves, train


def with_losses(monkeypatch, loss) -> None:
    """The line's loss is `loss(iteration)`."""
    monkeypatch.setattr(Line, "losses", lambda self, batch, fitted: {"line/squared": loss(batch[0]) + 0 * fitted.sum()})


def test_a_bad_loss_stops_before_the_next_checkpoint(tmp_path):
    with pytest.raises(ReenactError, match=r"Line: the loss 'line/squared' became NaN or infinite in iteration 6; lower line.rate"):
        train(Fitting(line=2000, break_at=6), tmp_path)
    assert checkpoints(tmp_path) == ["line/iteration-000000004.pt"]
    assert not (tmp_path / "out").exists()


def test_a_bad_loss_in_the_iteration_that_a_signal_ends_is_in_no_checkpoint(tmp_path, monkeypatch):
    compute = Line.forward

    def signalled(self, batch):
        if batch[0] == 6:
            signal.raise_signal(signal.SIGTERM)
        return compute(self, batch)

    monkeypatch.setattr(Line, "forward", signalled)
    with pytest.raises(ReenactError, match=r"'line/squared' became NaN or infinite in iteration 6"):
        train(Fitting(line=2000, break_at=6), tmp_path)
    assert checkpoints(tmp_path) == ["line/iteration-000000004.pt"]


def test_a_network_that_comes_apart_is_not_trained_on_and_not_exported(tmp_path, monkeypatch):
    """Its loss is finite. Three means over 100 iterations show it, which the watcher still gets. The same command fails at once."""
    with_losses(monkeypatch, lambda iteration: 0.2 if iteration < 680 else 0.6)
    says = "Line: the network diverged: the loss 'line/squared' rose from 0.2 at iteration 100 to 0.6 at 1000, and did not come back"
    for first in (True, False):
        watcher = Recorder()
        with pytest.raises(ReenactError, match=says):
            train(Fitting(line=2000), tmp_path, checkpoint_every=250, watcher=watcher)
        assert [iteration for iteration, _ in watcher.points] == (list(range(100, 1001, 100)) if first else [])
        # At 750 it was diverging already.
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


def test_a_network_that_loses_nearly_all_that_it_learnt_diverged_though_it_is_better_than_at_first(tmp_path, monkeypatch):
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
