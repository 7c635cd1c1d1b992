"""How the rules start a training: in this process, in several of this machine, or in those that Slurm granted."""

from __future__ import annotations

from collections.abc import Mapping


def launcher(processes: int, environment: Mapping[str, str]) -> str:
    """What stands before `pipeline.train` in a rule's command; Snakemake fills in {threads}.

    processes: as in params.yaml. Where the job is a Slurm job of as many tasks, srun starts one in each, on however many nodes.
    """
    if processes == 1:
        return "python -m"
    if environment.get("SLURM_NTASKS") == str(processes):
        return f"srun --ntasks {processes} --cpus-per-task {{threads}} --kill-on-bad-exit=1 python -m"
    # By name a machine may not find itself.
    return f"python -m torch.distributed.run --standalone --local-addr localhost --nproc-per-node {processes} -m"
