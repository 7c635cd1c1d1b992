"""A generator trained by several processes: real ones, started by torchrun."""

from __future__ import annotations

import torch

from reenact.generators.registry import GENERATORS
from tests.support.processes import CPU, Job, agree, gradients, run


def test_two_processes_follow_the_gradients_of_one(tmp_path, params, shard):
    """FD-GAN has several optimisers. The samples are the same; by itself each process reads others."""
    (phase,) = GENERATORS["fdgan"].make_task(params, [shard], CPU).phases()
    job = Job(params, shard=shard, generator="fdgan", batch=next(iter(phase.batches(0))))
    run(tmp_path / "shared", job, "gradients")
    agree(gradients(job), torch.load(tmp_path / "shared/gradients.pt"))
