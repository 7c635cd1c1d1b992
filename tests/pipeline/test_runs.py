"""`reenact runs`: what it says of trainings that run, stopped, were killed, diverged or ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# Trains below .state/training as a stage does. `python -c TRAINING NETWORK SECONDS_AN_ITERATION BREAKS_AT`
TRAINING = """
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

network, pause, breaks_at = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
del sys.argv[1:]

class Watcher(NullWatcher):
    def note(self):
        return {"run_id": "0123abcd"}

class Phase:
    name, title, advice, guarded, iterations = network, network.title(), "do less", None, 200
    micro_batches = 1
    def __init__(self, net):
        self.net, self.objective = net, Objective([net], torch.optim.SGD, lr=0.01)
        self.turns = (Turn({"fit": self.objective}, self.losses),)
    def batches(self, start):
        return count(start)
    def forward(self, iteration):
        time.sleep(pause)
        return self.net(torch.ones(1, 2))
    def losses(self, iteration, made):
        return {"fit": (made - 3).square().sum() * (torch.nan if iteration == breaks_at else 1)}
    def end_iteration(self):
        pass
    def validate(self):
        return {"validation/fit": torch.tensor(0.5)}
    def state(self):
        return {"net": self.net, "objective": self.objective}
    def samples(self):
        return {}

class Task:
    name, network, about, params = network, "Net", {}, type("Section", (BaseModel,), {})()
    def __init__(self):
        self.net = nn.Linear(2, 1)
    def phases(self):
        yield Phase(self.net)
    def exported(self):
        return self.net

def main():
    Trainer(1, {}, Path(".state/training", network), Path("models", network), 10, torch.device("cpu"), Watcher()).train(Task())

run_app(main)
"""
RUNS = "from pipeline.runs import runs; from reenact.console import run_app; run_app(runs)"


@pytest.fixture
def project(tmp_path: Path):
    """Runs a program in an empty project: `project(PROGRAM, ...)` gives the process."""

    def start(program: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.getcwd()}, **pipes)

    return start


def shown(project, *options: str) -> str:
    process = project(RUNS, *options)
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return text


def states(project) -> dict[str, dict]:
    return {values["network"]: values for values in json.loads(shown(project, "--json"))}


def test_a_table_of_all_trainings(project, tmp_path):
    assert shown(project) == "No training has begun in this folder.\n"
    assert project(TRAINING, "ended", "0", "-1").wait(timeout=60) == 0
    broken = project(TRAINING, "broken", "0", "25")
    assert broken.wait(timeout=60) == 1
    running = project(TRAINING, "slow", "0.2", "-1")
    deadline = time.monotonic() + 60
    while states(project).get("slow", {}).get("iteration", 0) < 22:
        assert running.poll() is None and time.monotonic() < deadline
    found = states(project)
    assert {name: values["state"] for name, values in found.items()} == {"ended": "finished", "broken": "diverged", "slow": "running"}
    slow = found["slow"]
    assert 0.2 < slow["seconds_per_iteration"] < 2
    assert slow["seconds_left"] == pytest.approx((200 - slow["iteration"]) * slow["seconds_per_iteration"])
    assert slow["started"] and slow["ended"] is None and slow["run_id"] == "0123abcd"
    heading, *rows = [line for line in shown(project).splitlines() if line][:4]
    row = next(line for line in rows if line.startswith("slow"))
    assert "running" in row and "Slow: " in row and " of 200" in row and "fit=" in row and "fit=0.5" in row and "gradient" not in row
    assert heading.split()[:3] == ["network", "state", "iteration"]
    assert "broken: Broken: the loss 'fit' became NaN or infinite in iteration 25; do less" in shown(project)
    assert "The last good checkpoint is .state/training/broken/" in shown(project)
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=60) == 75
    assert states(project)["slow"]["state"] == "stopped"
    killed = project(TRAINING, "slow", "0.2", "-1")
    while states(project)["slow"]["state"] != "running":
        assert killed.poll() is None and time.monotonic() < deadline + 60
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    slow = states(project)["slow"]
    assert slow["state"] == "stopped" and slow["ended"] and slow["seconds_left"] is None


def test_it_starts_without_what_takes_seconds(project):
    program = "import sys; from pipeline.runs import runs; print({'mlflow', 'torch'} & sys.modules.keys())"
    assert project(program).communicate(timeout=60)[0] == "set()\n"
