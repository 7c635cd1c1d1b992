"""An evaluation that was killed goes on where it was, and ends with the same figures."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from reenact.files import sha256_files
from reenact.workspace import METRICS, READINGS
from tests.support.project import Project, wait_for

SOME = 5


def kept(project: Project) -> dict[Path, int]:
    """What was read of faces so far: each file with its time, nanoseconds."""
    return {path: path.stat().st_mtime_ns for path in (project.root / READINGS).glob("*.npz")}


def figures(project: Project) -> dict[str, str]:
    """The hashes of all files of figures."""
    return sha256_files(project.root, sorted((project.root / METRICS).iterdir()))


def test_a_killed_evaluation_goes_on_where_it_was(workspace: Project):
    before, runs = figures(workspace), len(workspace.runs())
    shutil.rmtree(workspace.root / READINGS)
    (workspace.root / METRICS / "scores.json").unlink()
    running = workspace.start("snakemake", "all")
    wait_for(lambda: len(kept(workspace)) >= SOME, running)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    read = kept(workspace)
    workspace.run("snakemake", "all")
    after = kept(workspace)
    assert {path: after.get(path) for path in read} == read, "nothing is read twice"
    assert len(after) > len(read)
    assert figures(workspace) == before
    assert [run.info.status for run in workspace.runs()] == ["FINISHED"] * (runs + 1), "its MLflow run goes on, too"
