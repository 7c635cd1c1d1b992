"""How a rule starts a training, by `processes` and by what Slurm granted; tests/workflow/test_slurm.py runs them."""

from __future__ import annotations

import pytest

from pipeline.launch import launcher


@pytest.mark.parametrize(
    ("processes", "environment", "starts"),
    [
        (1, {}, "python -m"),
        (1, {"SLURM_JOB_ID": "7"}, "python -m"),
        (2, {}, "python -m torch.distributed.run --standalone --local-addr localhost --nproc-per-node 2 -m"),
        (
            4,
            {"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "1"},
            "python -m torch.distributed.run --standalone --local-addr localhost --nproc-per-node 4 -m",
        ),
        (
            4,
            {"SLURM_JOB_ID": "7", "SLURM_SUBMIT_DIR": "/home", "SLURM_CONF": "/etc/slurm.conf"},
            "srun --ntasks 4 --cpus-per-task {threads} --kill-on-bad-exit=1 python -m",
        ),
    ],
)
def test_torchrun_starts_several_processes_unless_the_job_has_a_task_for_each(processes, environment, starts):
    assert launcher(processes, environment) == starts
