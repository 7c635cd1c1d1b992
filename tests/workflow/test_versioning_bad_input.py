"""What Snakemake, `reenact record` and `reenact sync` refuse, and what goes on without git."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

from tests.workflow.project import wait_for


@pytest.mark.parametrize("kind", ["hardlink", "symlink"])
def test_a_cache_that_links_is_refused_with_the_reason(workspace, kind):
    workspace.run("dvc", "config", "--local", "cache.type", kind)
    for command in (("snakemake", "all"), ("reenact", "record"), ("reenact", "sync")):
        refused = workspace.run(*command, check=False)
        assert refused.returncode == 1
        assert f"cache.type is {kind}" in refused.stderr
        assert "stale result" in refused.stderr


def test_a_second_run_in_the_folder_ends_with_a_clear_message(workspace):
    workspace.run("reenact", "preset", "tiny", "ldnet.stage2.iterations=100000")
    running = workspace.start("snakemake", "ldnet_stage")
    wait_for(lambda: list((workspace.root / ".state/training/ldnet").rglob("*.pt")), running)
    second = workspace.run("snakemake", "all", check=False)
    third = workspace.run("dvc", "repro", "report", check=False)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert second.returncode != 0
    assert "Another run is active in this folder" in second.stderr
    assert third.returncode != 0
    assert "Another run is active in this folder" in third.stderr


def test_without_git_the_workflow_runs_all_the_same(workspace):
    shutil.rmtree(workspace.root / ".git")
    workspace.run("reenact", "preset", "tiny", "evaluate.lmtest_pairs=400")
    workspace.run("snakemake", "all")
    assert workspace.has_nothing_to_do()
    assert "nothing is recorded" in workspace.run("reenact", "record").stderr
    refused = workspace.run("reenact", "sync", check=False)
    assert refused.returncode == 1
    assert "no git repository" in refused.stderr


def test_a_full_disk_while_recording_copies_and_again_with_room(workspace):
    """The largest size of a file stands for a disk that is full: what is larger cannot be written into the cache."""
    workspace.run("dvc", "config", "--local", "cache.type", "copy")
    workspace.run("reenact", "preset", "tiny", "evaluate.lmtest_pairs=400")
    workspace.run("snakemake", "all")
    stopped = workspace.run("bash", "-c", "ulimit -f 50; reenact record", check=False)
    assert stopped.returncode == 1
    assert "could not record everything" in stopped.stderr
    assert workspace.stages_changed()
    workspace.run("reenact", "record")
    assert workspace.agrees()


def test_a_lock_without_its_cache_is_named_and_dvc_makes_it_anew(workspace):
    shutil.rmtree(workspace.root / ".dvc/cache")
    shutil.rmtree(workspace.root / "results/figures")
    refused = workspace.run("reenact", "sync", check=False)
    assert refused.returncode == 1
    assert "results/figures" in refused.stderr
    assert "not in cache" in refused.stderr
    assert workspace.run("dvc", "checkout", check=False).returncode != 0
    workspace.run("snakemake", "all")
    workspace.run("reenact", "record")
    assert workspace.agrees()
