"""What Snakemake, `reenact record` and `reenact sync` refuse, and what goes on without git."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from base64 import urlsafe_b64encode

import pytest

from tests.support.project import Project, append, rules_run, wait_for

CHANGED = "reenact/report/templates/style.css"


def test_a_second_run_in_the_folder_ends_with_a_clear_message(workspace, failing):
    workspace.run("reenact", "preset", "tiny", "ldnet.weight_content=0.02")
    running = workspace.start("snakemake", "ldnet_stage", **failing("ldnet", f"touch {workspace.root}/reached; sleep 1200"))
    wait_for((workspace.root / "reached").exists, running)
    second = workspace.run("snakemake", "all", check=False)
    third = workspace.run("dvc", "repro", "report", check=False)
    recording = workspace.start("reenact", "record", stderr=subprocess.PIPE)
    said = recording.stderr.readline()
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert second.returncode != 0
    assert "Another run is active in this folder" in second.stderr
    assert third.returncode != 0
    assert "Another run is active in this folder" in third.stderr
    assert "Another process is running the workflow in this folder; waiting" in said
    assert "Snakemake still has work to do" in recording.communicate()[1], "it went on when the run had ended"


def test_without_git_the_workflow_runs_all_the_same(workspace):
    shutil.rmtree(workspace.root / ".git")
    append(workspace, CHANGED)
    assert rules_run(workspace.run("snakemake", "all").stderr) == {"report"}
    assert workspace.has_nothing_to_do()
    assert "nothing is recorded" in workspace.run("reenact", "record").stderr
    refused = workspace.run("reenact", "sync", check=False)
    assert refused.returncode == 1
    assert "no git repository" in refused.stderr


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


def test_a_clone_without_the_cache_says_what_is_missing(workspace, tmp_path):
    copy = Project(tmp_path / "copy")
    workspace.run("git", "clone", "--quiet", ".", str(copy.root))
    refused = copy.run("reenact", "sync", check=False)
    assert refused.returncode == 1
    assert "models/ldnet not in cache" in refused.stderr
    assert "dvc pull" in refused.stderr
    refused = copy.run("dvc", "pull", check=False)
    assert refused.returncode != 0
    assert "No remote provided" in refused.stderr
    assert copy.stages_planned() >= {"corpus"}, "snakemake all makes everything"


def test_foreign_files_among_snakemakes_records_are_passed_over(workspace):
    for folder in ("metadata", "incomplete"):
        for name in (".DS_Store", "._results", ".nfs000000000123", "Thumbs.db", "notes (copy).txt", "cmVzdWx0cy94"):
            (workspace.root / ".snakemake" / folder / name).write_bytes(b"\x00\xff not JSON")
    assert workspace.agrees()


def test_an_output_whose_record_is_lost_is_named_and_made_anew(workspace):
    name = "results/report.html"
    record = workspace.root / ".snakemake/metadata" / urlsafe_b64encode(name.encode()).decode()
    for left in (record.read_bytes()[:40], b""):  # half-written, empty
        record.write_bytes(left)
        for command in (("snakemake", "all"), ("reenact", "record")):
            refused = workspace.run(*command, check=False)
            assert refused.returncode == 1
            assert f"Not as Snakemake made it: {name}." in refused.stderr, command
    (workspace.root / name).unlink()
    assert rules_run(workspace.run("snakemake", "all").stderr) == {"report"}
    workspace.run("reenact", "record")
    assert workspace.agrees()


@pytest.mark.parametrize("with_git", [True, False], ids=["in a repository", "without git"])
def test_a_copy_without_exact_times_says_what_to_type(workspace, with_git):
    """tar keeps times in whole seconds only; cp -r gives every file the present time."""
    for number, path in enumerate(sorted(workspace.root.glob("[dmr]*/**/*"))):
        status = path.stat()
        os.utime(path, None if number % 2 else (int(status.st_atime), int(status.st_mtime)))
    if not with_git:
        shutil.rmtree(workspace.root / ".git")
    refused = workspace.run("snakemake", "all", check=False)
    assert refused.returncode == 1
    assert "copied without its exact time" in refused.stderr
    command = ("reenact", "sync") if with_git else ("snakemake", "all", "--touch", "--forceall")
    assert " ".join(command) in refused.stderr
    workspace.run(*command)
    assert workspace.has_nothing_to_do()
