"""A training that is told to stop: it ends with exit code 75 and a checkpoint, and goes on as if nothing had been."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FILES = ("curves.csv", "model.json", "model.safetensors")
# A training that also draws from PyTorch's own random numbers. `python -c PROGRAM FOLDER`
PROGRAM = """
import sys, time
from itertools import count
from pathlib import Path
import torch
from pydantic import BaseModel
from torch import nn
from reenact.console import run_app
from reenact.training.objective import Objective
from reenact.training.trainer import Trainer
from reenact.training.turns import Turn
from reenact.training.watcher import NullWatcher

class Section(BaseModel):
    rate: float = 0.01

class Noisy:
    advice, guarded, micro_batches = "do less", None, 1
    def __init__(self, net, name):
        self.title = f"Noisy {name}"
        self.net, self.name, self.iterations = net, name, 150
        self.objective = Objective([net], torch.optim.Adam, lr=0.01)
        self.turns = (Turn({f"{name}/loss": self.objective}, self.losses),)
    def batches(self, start):
        return (torch.tensor([[i % 7.0, 1.0]]) for i in count(start))
    def forward(self, batch):
        time.sleep(0.005)
        return self.net(batch + torch.randn(1, 2))
    def losses(self, batch, made):
        return {f"{self.name}/loss": (made - 3).square().sum()}
    def end_iteration(self):
        pass
    def validate(self):
        return {}
    def state(self):
        return {"net": self.net, "objective": self.objective}
    def samples(self):
        return {}

class Task:
    name, network, about, params = "noisy", "Noisy", {}, Section()
    def __init__(self):
        torch.manual_seed(0)
        self.net = nn.Linear(2, 1)
    def phases(self):
        for name in ("first", "second"):
            yield Noisy(self.net, name)
    def exported(self):
        return self.net

folder = Path(sys.argv.pop())

def main():
    Trainer(1, {}, folder / "state", folder / "out", 40, torch.device("cpu"), NullWatcher()).train(Task())

torch.set_num_threads(1)
run_app(main)
"""


def start(folder: Path, **options) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], env=environment, stderr=subprocess.PIPE, text=True, **options)


def status(folder: Path) -> dict:
    """What the training says of itself; nothing before it began."""
    found = list((folder / "state").glob("*/status.json"))
    return json.loads(found[0].read_text()) if found else {}


def wait_until_it_trains(folder: Path, process: subprocess.Popen, phase: str = "first", iteration: int = 15) -> None:
    """Wait until its status tells of this iteration of the phase or a later one: it does every 15 iterations, and with checkpoints."""
    deadline = time.monotonic() + 60
    while (now := status(folder)).get("phase") != f"Noisy {phase}" or now["iteration"] < iteration:
        assert process.poll() is None and time.monotonic() < deadline, f"it was never seen in iteration {iteration} of the {phase} phase"
        time.sleep(0.001)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(folder).wait(timeout=120) == 0
    return folder / "out"


@pytest.mark.parametrize(
    ("number", "phase", "iteration"),
    [
        (signal.SIGTERM, "first", 15),  # before the first checkpoint
        (signal.SIGINT, "second", 15),
        (signal.SIGKILL, "first", 75),  # between two checkpoints
        (signal.SIGKILL, "second", 15),  # the first phase's last checkpoint is the newest
    ],
)
def test_stopped_in_either_phase_it_goes_on_and_ends_with_the_same_bytes(tmp_path, undisturbed, number, phase, iteration):
    process = start(tmp_path)
    wait_until_it_trains(tmp_path, process, phase, iteration)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL and status(tmp_path)["state"] == "running"
    else:
        assert process.returncode == 75
        now = status(tmp_path)
        assert now["state"] == "stopped"
        assert f"Stopped: Noisy {phase} at iteration {now['iteration']} of 150" in said and "the same command goes on from there" in said
        assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    last = start(tmp_path)
    said = last.communicate(timeout=120)[1]
    assert last.returncode == 0, said
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (undisturbed / name).read_bytes(), name
    assert status(tmp_path)["state"] == "finished" and not list((tmp_path / "state").rglob("*.pt"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_at_once_what_waits_for_another_training(tmp_path, undisturbed, number):
    first = start(tmp_path)
    wait_until_it_trains(tmp_path, first)
    first.send_signal(signal.SIGSTOP)
    second = start(tmp_path)
    while "waiting for it to end" not in second.stderr.readline():
        assert second.poll() is None
    second.send_signal(number)
    said = second.communicate(timeout=10)[1]
    assert second.returncode not in (0, 75) and "Traceback" not in said
    first.send_signal(signal.SIGCONT)
    assert first.wait(timeout=60) == 0
    assert all((tmp_path / "out" / name).read_bytes() == (undisturbed / name).read_bytes() for name in FILES)


def test_a_second_signal_ends_it_at_once(tmp_path):
    slow = PROGRAM.replace("time.sleep(0.005)", "time.sleep(60 if (folder_of_test / 'slow').exists() else 0.005)")
    slow = f"from pathlib import Path\nfolder_of_test = Path({str(tmp_path)!r})\n{slow}"
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, "-c", slow, str(tmp_path)], env=environment, stderr=subprocess.PIPE)
    wait_until_it_trains(tmp_path, process)
    (tmp_path / "slow").touch()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == -signal.SIGINT


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    process = start(tmp_path, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    wait_until_it_trains(tmp_path, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 0


def test_on_a_full_disk_the_former_checkpoint_survives_and_the_training_goes_on_from_it(tmp_path, undisturbed):
    """No file may grow beyond 4 kB, less than a checkpoint: status and the like fit."""
    first = start(tmp_path)
    wait_until_it_trains(tmp_path, first)
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=60) == 75
    before = {path: path.read_bytes() for path in (tmp_path / "state").rglob("*.pt")}
    full = start(tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    said = full.communicate(timeout=60)[1]
    assert full.returncode == 1 and "Traceback" not in said
    assert "cannot be written (File too large); choose another place, or make room there" in said
    assert {path: path.read_bytes() for path in (tmp_path / "state").rglob("iteration*.pt")} == before
    assert status(tmp_path)["state"] == "stopped" and "cannot be written" in status(tmp_path)["error"]
    assert start(tmp_path).wait(timeout=120) == 0
    assert all((tmp_path / "out" / name).read_bytes() == (undisturbed / name).read_bytes() for name in FILES)
