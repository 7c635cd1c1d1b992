"""A Slurm cluster of this one machine: munged, slurmctld and slurmd on localhost, configured in a temporary folder."""

from __future__ import annotations

import getpass
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "sinfo")
INSTALL = "apt-get install --no-install-recommends munge slurmctld slurmd slurm-client"
# As much as the jobs ask for, whatever this machine has: nothing is enforced here.
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=64000
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class Slurm:
    """A running cluster; its tools find it through `environment`."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make Slurm's commands talk to this cluster."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": os.pathsep.join([str(self.folder / "bin"), _path()])}

    def run(self, *command: str) -> str:
        """Run one of Slurm's commands; returns what it prints."""
        return subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True, check=True).stdout

    def jobs(self) -> dict[int, tuple[str, str]]:
        """Every job so far, by number: its state and its comment, in which Snakemake names the rule."""
        lines = self.run("squeue", "--noheader", "--states=all", "--format=%i|%T|%k").splitlines()
        return {int(number): (state, comment) for number, state, comment in (line.split("|", 2) for line in lines)}


def missing() -> str:
    """Why no cluster can be started here, and what to type; empty if one can."""
    absent = [program for program in PROGRAMS if shutil.which(program, path=_path()) is None]
    return f"no {', '.join(absent)} on this machine; as root: {INSTALL}" if absent else ""


@contextmanager
def cluster(folder: Path) -> Iterator[Slurm]:
    """Run a cluster with its files in `folder` until the block ends; AssertionError with the daemons' output if it does not start."""
    slurm = Slurm(folder)
    host = socket.gethostname().partition(".")[0]
    (folder / "state").mkdir(parents=True)
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(folder=folder, host=host, user=getpass.getuser(), controller=_free_port(), node=_free_port())
    )
    _keep_srun_here(folder)
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o600)
    munge = [f"--{what}={folder}/munge.{what.partition('-')[0]}" for what in ("key-file", "socket", "pid-file", "log-file", "seed-file")]
    with ExitStack() as stack:
        stack.enter_context(_daemon(folder, "munged", "--foreground", "--force", *munge))
        _wait(lambda: (folder / "munge.socket").exists(), folder)
        stack.enter_context(_daemon(folder, "slurmctld", "-D", "-i"))
        stack.enter_context(_daemon(folder, "slurmd", "-D", "-N", host))
        _wait(lambda: "idle" in slurm.run("sinfo", "--noheader", "--format=%t"), folder)
        yield slurm
        slurm.run("scancel", "--full", "--user", getpass.getuser())


def _keep_srun_here(folder: Path) -> None:
    """Write an srun that finds this cluster: Snakemake runs srun without SLURM_CONF, as clusters have their configuration in /etc."""
    srun = folder / "bin" / "srun"
    srun.parent.mkdir()
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={shlex.quote(str(folder))}/slurm.conf exec {shutil.which("srun", path=_path())} "$@"\n')
    srun.chmod(0o755)


@contextmanager
def _daemon(folder: Path, program: str, *arguments: str) -> Iterator[None]:
    with (folder / f"{program}.out").open("w") as output:
        process = subprocess.Popen(
            [program, *arguments], env={**os.environ, **Slurm(folder).environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(condition, folder: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except subprocess.CalledProcessError:
            pass  # the controller does not answer yet
        logs = "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted([*folder.glob("*.out"), *folder.glob("*.log")]))
        assert time.monotonic() < deadline, f"Slurm did not come up:\n{logs}"
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _path() -> str:
    # Debian puts the daemons into a folder that only root has on PATH.
    return os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])
