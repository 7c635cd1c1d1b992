"""How the rules start a training: in this process, in several of this machine, or in those that Slurm granted."""

from __future__ import annotations

from collections.abc import Mapping

# What Snakemake's executor also leaves, and does not matter here; SLURM_CONF may be anybody's.
LEFT = ("SLURM_JOBID", "SLURM_CLUSTER_NAME", "SLURM_SUBMIT_DIR", "SLURM_SUBMIT_HOST", "SLURM_CONF")


def launcher(processes: int, environment: Mapping[str, str]) -> str:
    """What stands before `pipeline.train` in a rule's command; Snakemake fills in {threads}.

    processes: as in params.yaml. In a Slurm job with the resource `mpi` srun starts one in each task, on however many nodes. Of Slurm's
    variables Snakemake's executor leaves such a job its number alone; any other job is a step that it started by srun, and knows so.
    """
    if processes == 1:
        return "python -m"
    if [name for name in environment if name.startswith("SLURM_") and name not in LEFT] == ["SLURM_JOB_ID"]:
        return f"srun --ntasks {processes} --cpus-per-task {{threads}} --kill-on-bad-exit=1 python -m"
    # By name a machine may not find itself.
    return f"python -m torch.distributed.run --standalone --local-addr localhost --nproc-per-node {processes} -m"
