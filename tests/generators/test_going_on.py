"""A training that stopped goes on as if it had not: in bfloat16 too, at the right learning rate, and never from another's checkpoint."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import pytest
import torch

from reenact.config.networks import Schedule
from reenact.errors import ReenactError
from reenact.generators.registry import trained
from reenact.training import checkpoint
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher
from tests.support.levels import wider, with_levels

CPU = torch.device("cpu")
FILES = ("curves.csv", "model.json", "model.safetensors")


class Stopped(Exception):
    """The process ends here."""


class StopsAt(NullWatcher):
    """A watcher that ends the training once the checkpoint of an iteration is written."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def samples(self, name, make, iteration):
        if iteration == self.iteration:
            raise Stopped


@pytest.fixture
def stopped(train):
    """Train until an iteration's checkpoint is written; returns that file: `stopped("fdgan", params, folder, 6)`."""

    def run(name, params, folder, iteration=3) -> Path:
        with pytest.raises(Stopped):
            train(name, params, folder, StopsAt(iteration))
        (path,) = (folder / "state").glob(f"*/{name}/iteration-{iteration:09d}.pt")
        return path

    return run


@pytest.mark.parametrize("name", trained())
def test_a_training_in_bfloat16_that_stopped_ends_with_the_same_bytes(tmp_path, params, train, stopped, changed, name):
    """Also where bfloat16 is emulated. tests/generators/test_training.py kills such a training in float32."""
    params = changed(params, name, precision="bfloat16")
    through = train(name, params, tmp_path / "through")
    stopped(name, params, tmp_path / "stopped", 6)
    assert not (tmp_path / "stopped" / "out").exists()
    gone_on = train(name, params, tmp_path / "stopped")
    for file in FILES:
        assert (gone_on / file).read_bytes() == (through / file).read_bytes(), file


def test_the_falling_learning_rate_goes_on_where_it_was(tmp_path, params, phase_of, changed, two_faces):
    """Dense's: up over 50 iterations, and all the while down along half a cosine, to 0 at the training's end."""
    half, end, rate = 14, 20, 1e-3
    params = changed(params, "dense", schedule=Schedule(learning_rate=rate, batch_size=2, iterations=end))
    phase, resumed = phase_of("dense", params), phase_of("dense", params.model_copy(update={"training_seed": 9}))
    for _ in range(half):
        run_iteration(phase, two_faces)
    checkpoint.save(tmp_path, half, phase.state())
    assert checkpoint.restore(tmp_path, resumed.state(), CPU) == half
    for done in range(half, end):
        expected = rate * min(1, (done + 1) / 50) * (1 + math.cos(math.pi * done / end)) / 2
        for each in (phase, resumed):
            assert [group["lr"] for group in each.objective.optimiser.param_groups] == [pytest.approx(expected)]
            run_iteration(each, two_faces)
    assert resumed.objective.optimiser.param_groups[0]["lr"] == 0
    assert all(torch.equal(a, b) for a, b in zip(phase.network.parameters(), resumed.network.parameters(), strict=True))


@pytest.mark.parametrize("name", trained())
def test_another_generators_checkpoint_is_refused(tmp_path, params, train, stopped, name):
    """Someone copied it to where this training looks for its own."""
    other = "dense" if name == "fdgan" else "fdgan"
    own = stopped(name, params, tmp_path / name)
    shutil.copy(stopped(other, params, tmp_path / other), own)
    refusal = rf"checkpoint {re.escape(str(own))} is of another training \(.+\); remove the folder {re.escape(str(own.parent))} to"
    with pytest.raises(ReenactError, match=refusal):
        train(name, params, tmp_path / name)


@pytest.mark.parametrize("name", with_levels())
def test_the_checkpoint_of_a_wider_network_is_refused(tmp_path, params, train, stopped, changed, name):
    own = stopped(name, params, tmp_path / "own")
    shutil.copy(stopped(name, changed(params, name, **wider(name)), tmp_path / "wider"), own)
    with pytest.raises(ReenactError, match=rf"checkpoint {re.escape(str(own))} is of another training .*size mismatch for .* remove the"):
        train(name, params, tmp_path / "own")
    assert not (tmp_path / "own" / "out").exists()
