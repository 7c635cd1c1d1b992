"""The network that was the best on held-out subjects is kept beside the last."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reenact.errors import ReenactError
from reenact.training.export import load_weights, read_description
from reenact.training.watcher import NullWatcher
from tests.support.fitting import Fitting, Killed, Line, Recorder, checkpoints, curves, same_files, train


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


@pytest.mark.parametrize("data", [b"damaged", None])
def test_where_the_best_checkpoint_is_damaged_or_gone_the_last_network_stands_for_it(tmp_path, monkeypatch, caplog, data):
    with_validation(monkeypatch, {4: 3.0, 8: 1.0, 12: 2.0, 16: 2.5, 20: 1.5})
    watcher = NullWatcher()

    def damage(name, make, iteration):
        if iteration == 20:
            (found,) = tmp_path.glob("state/*/line/iteration-000000008.pt")
            whole = found.read_bytes()
            found.unlink() if data is None else found.write_bytes(whole[: len(whole) // 2] + data + whole[len(whole) // 2 + len(data) :])

    watcher.samples = damage
    task = Fitting(line=20)
    train(task, tmp_path, watcher=watcher)
    assert "the best checkpoint, after 8 iterations, is damaged or gone; the last network stands for the best" in caplog.text
    loaded = nn.Linear(2, 1)
    for folder in (tmp_path / "out", tmp_path / "out/best"):
        load_weights(folder, loaded)
        assert torch.equal(loaded.weight, task.net.weight)
    last, best = (read_description(folder, "Line") for folder in (tmp_path / "out", tmp_path / "out/best"))
    assert best["iterations"] == {"line": 20} and best["validation"]["best"]["iteration"] == 8
    assert best["best_lost"] == "the best checkpoint was damaged or gone: this is the last network" and "best_lost" not in last


def test_the_sum_of_several_losses_decides(tmp_path, monkeypatch):
    losses = {4: (1.0, 5.0), 8: (2.0, 2.0), 12: (1.5, 3.0), 16: (3.0, 2.0), 20: (4.0, 1.0)}
    monkeypatch.setattr(
        Line,
        "validate",
        lambda self: {f"validation/{name}": torch.tensor(loss) for name, loss in zip("ab", losses[len(self.trained)], strict=True)},
    )
    train(Fitting(line=20), tmp_path)
    best = read_description(tmp_path / "out", "Line")["validation"]["best"]
    assert best == {"iteration": 8, "losses": {"validation/a": 2.0, "validation/b": 2.0}}
