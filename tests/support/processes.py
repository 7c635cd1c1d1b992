"""A training in several processes of this machine, as torchrun starts them; and what one of them does.

As a program (`torchrun ... processes.py FOLDER ROLE`) it is one of those processes. FOLDER/job.pt says what to train (`Job`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch

from pipeline.launch import launcher
from reenact.config.schema import Params
from reenact.console import run_app
from reenact.generators.registry import GENERATORS
from reenact.ldnet.task import LDNetTask
from reenact.shards.pairs import PairBatch
from reenact.shards.reader import LandmarkTable
from reenact.training import distributed
from reenact.training.trainer import Trainer
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[2]


@dataclass
class Job:
    """What to train: LD-Net on a table, or a generator on the pairs of one batch.

    phase: of LD-Net, from 0. die_at: the iteration in which the last process is killed; -1 is before it knows where to start.
    seconds: that each iteration takes longer.
    """

    params: Params
    table: LandmarkTable | None = None
    shard: Path | None = None
    generator: str = ""
    batch: PairBatch | None = None
    phase: int = 0
    die_at: int | None = None
    seconds: float = 0.0


def start(folder: Path, job: Job, role: str, processes: int = 2) -> subprocess.Popen[str]:
    """Start `processes` of this program in `folder`; what they print is in the pipe `stderr`."""
    folder.mkdir(exist_ok=True)
    torch.save(job, folder / "job.pt")
    launch = [sys.executable, *launcher(processes, {}).split()[1:-1]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([*launch, __file__, str(folder), role], env=environment, stderr=subprocess.PIPE, text=True)


def run(folder: Path, job: Job, role: str, processes: int = 2) -> str:
    """What `start` starts, run to its good end; returns what was printed."""
    process = start(folder, job, role, processes)
    printed = process.communicate(timeout=120)[1]
    assert process.returncode == 0, printed
    return printed


def gradients(job: Job) -> list[torch.Tensor]:
    """The gradients by which the first iteration moves the networks, in order: those of all optimisers."""
    found: list[torch.Tensor] = []

    def keep(optimiser: torch.optim.Optimizer, *_: Any) -> None:
        found.extend(each.grad.clone() for group in optimiser.param_groups for each in group["params"] if each.grad is not None)

    phase = _phase(job)
    for part in phase.state().values():
        if hasattr(part, "optimiser"):
            part.optimiser.register_step_pre_hook(keep)
    run_iteration(phase, next(iter(phase.batches(0))) if job.batch is None else _own(job.batch))
    return found


def agree(alone: list[torch.Tensor], shared: list[torch.Tensor]) -> None:
    """Assert that two lists of gradients are equal, but for rounding; the softmax leaves some biases with nothing but that."""
    assert len(alone) == len(shared) > 0
    largest = max(gradient.norm() for gradient in alone)
    for one, two in zip(alone, shared, strict=True):
        assert (one - two).norm() < 1e-4 * one.norm() + 1e-6 * largest


def train(folder: Path, job: Job) -> None:
    """Train LD-Net to its end, into folder/out."""
    task = LDNetTask(job.params.ldnet, job.table, job.params.training_seed, CPU)
    phases = task.phases
    task.phases = lambda: (_troubled(phase, job) for phase in phases())  # type: ignore[method-assign]
    Trainer(
        seed=job.params.training_seed,
        made_from={},
        state_dir=folder / "state",
        out_dir=folder / "out",
        checkpoint_every=job.params.ldnet.checkpoint_every,
        device=CPU,
        watcher=NullWatcher(),
    ).train(task)


def _troubled(phase: Any, job: Job) -> Any:
    forward, done = phase.forward, iter(range(phase.iterations))

    def die_at(iteration: int) -> None:
        if iteration == job.die_at and distributed.rank() == distributed.world() - 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def troubled(batch: Any) -> Any:
        die_at(next(done))
        time.sleep(job.seconds)
        return forward(batch)

    die_at(-1)
    phase.forward = troubled
    return phase


def _phase(job: Job) -> Any:
    if job.table is None:
        return next(GENERATORS[job.generator].make_task(job.params, [job.shard], CPU).phases())
    *_, phase = (phase for _, phase in zip(range(job.phase + 1), LDNetTask(job.params.ldnet, job.table, 1, CPU).phases(), strict=False))
    return phase


def _own(batch: PairBatch) -> PairBatch:
    own = distributed.share(len(batch.subject))
    return replace(batch, **{field.name: getattr(batch, field.name)[own] for field in fields(batch)})


def main(folder: Path, role: str) -> None:
    """ROLE gradients: the first process writes them to FOLDER/gradients.pt. ROLE train: the training."""
    job = torch.load(folder / "job.pt", weights_only=False)
    torch.set_num_threads(1)
    with distributed.joined(CPU):
        if role == "train":
            train(folder, job)
            return
        found = gradients(job)
        if distributed.is_first():
            torch.save(found, folder / "gradients.pt")


if __name__ == "__main__":
    run_app(main)
