"""Snakemake is killed again and again while it makes shards."""

from __future__ import annotations

import os
import shutil
import signal

from tests.support.project import Project, wait_for

KILLS = 3


def shards(project: Project) -> dict[str, bytes]:
    """The bytes of every file below data/shards, by name; what is not finished has a name that begins with a dot."""
    folder = project.root / "data/shards"
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def unfinished(project: Project) -> set[str]:
    return {str(path) for path in (project.root / "data/shards").rglob(".*.parquet")}


def test_killed_while_it_makes_shards_the_next_run_makes_the_same_bytes(finished, workspace):
    shutil.rmtree(workspace.root / "data/shards")
    for _ in range(KILLS):
        before = unfinished(workspace)
        running = workspace.start("snakemake", "shards_stage")
        wait_for(lambda before=before: unfinished(workspace) - before, running)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        whole = {name: content for name, content in shards(workspace).items() if "/." not in name}
        assert whole.items() <= shards(finished).items()
    workspace.run("snakemake", "shards_stage")
    assert shards(workspace) == shards(finished)
