"""LD-Net trained by several processes: real ones, started by torchrun."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from reenact.config.schema import Params
from reenact.files import sha256_files
from reenact.ldnet.sampler import Sampler
from reenact.shards.reader import LandmarkTable
from tests.support.processes import Job, agree, gradients, run, start

SECONDS = 60


@pytest.fixture
def job(params: Params, table: LandmarkTable) -> Job:
    """Two casts of people who give the same performance, so that the swaps of most have a truth, and one who is alone."""
    return Job(params, replace(table, performance=np.array([0, 0, 0, 1, 1, -1], np.int32)))


def made(folder: Path) -> dict[str, str]:
    return sha256_files(folder / "out", sorted(path for path in (folder / "out").rglob("*") if path.is_file()))


def checkpoints(folder: Path) -> set[Path]:
    return set((folder / "state").rglob("iteration-*.pt"))


@pytest.mark.parametrize("phase", [0, 1])
def test_two_processes_follow_the_gradients_of_one(job, tmp_path, phase):
    job.phase = phase
    known = Sampler(job.table, 1, torch.device("cpu")).draw("", 0, 100).known
    assert known.any() and not known.all()
    run(tmp_path / "shared", job, "gradients")
    agree(gradients(job), torch.load(tmp_path / "shared/gradients.pt"))


def test_a_training_that_was_broken_off_ends_with_the_bytes_of_one_that_was_not(job, tmp_path):
    """A process is killed, before the training begins and within it, which ends it with an error. Then one is asked to stop.

    Then torchrun is killed, and leaves them.
    """
    run(tmp_path / "through", job, "train")

    broken = tmp_path / "broken"
    for job.die_at in (-1, 7):
        process = start(broken, job, "train")
        printed = process.communicate(timeout=SECONDS)[1]
        assert process.returncode not in (0, None)
        assert "process 1 of the training lost another one" in printed and "RuntimeError" not in printed
        assert not (broken / "out").exists() and bool(checkpoints(broken)) == (job.die_at > 0)

    job.die_at, job.seconds = None, 0.1
    for end in (lambda torchrun: torchrun.children()[1].terminate(), lambda torchrun: torchrun.kill()):
        before, process, began = checkpoints(broken), start(broken, job, "train"), time.monotonic()
        while checkpoints(broken) <= before:
            assert process.poll() is None and time.monotonic() - began < SECONDS
            time.sleep(0.02)
        end(psutil.Process(process.pid))
        printed = process.communicate(timeout=SECONDS)[1]
        assert "the same command goes on from there" in printed
    job.seconds = 0.0
    assert "going on from checkpoint" in run(broken, job, "train")
    assert made(broken) == made(tmp_path / "through")
    assert len(made(broken)) == 5
