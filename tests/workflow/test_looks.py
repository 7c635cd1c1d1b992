"""Commands during a run, options that `snakemake` refuses, and projects that do not lie at a repository's top."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reenact.files import sha256_files
from tests.support.project import AGREE, Project, commit, wait_for

LOOKS = {
    "-np": "This was a dry-run",
    "-nq": "",
    "--summary": "update pending",
    "--dag": "digraph snakemake_dag",
    "--rulegraph": "digraph snakemake_dag",
    "--list-rules": "testsets_stage",
    "--list-changes params": "results/report.html",
    "--report page.html": "Report created",
    "--delete-all-output -n": "Would delete results/report.html",
    "--archive project.tar": "archived Snakefile",
}
REFUSED = ("--unlock", "--touch", "--delete-all-output", "--cleanup-metadata results/report.html", "--containerize")
# What commands that only look leave alone. (Snakemake logs them, in .snakemake/log.)
KEPT = ("metadata", "incomplete", "locks", "outputs.json")


@pytest.fixture
def active(workspace: Project, failing: Callable[[str, str], dict[str, str]]) -> Iterator[Project]:
    """The finished workspace while a training with other parameters runs in it without end."""
    workspace.run("reenact", "preset", "tiny", "ldnet.phase2.iterations=100000")
    running = workspace.start("snakemake", "ldnet_stage", **failing("ldnet", f"touch {workspace.root}/reached; sleep 1200"))
    try:
        wait_for((workspace.root / "reached").exists, running)
        yield workspace
        assert running.poll() is None, "the run was not disturbed"
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def kept(project: Project) -> dict[str, str]:
    """The records that Snakemake and this project keep about outputs, and all results."""
    folders = [project.root / ".snakemake" / name for name in KEPT] + [project.root / name for name in ("data", "models", "results")]
    files = [path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*")) if path.is_file()]
    return sha256_files(project.root, sorted(files))


def refusal(project: Project, *options: str) -> str:
    """What `snakemake` says when it refuses these options; a dry run says it on the standard output."""
    refused = project.run("snakemake", *options, check=False)
    assert refused.returncode != 0, options
    return refused.stdout + refused.stderr


def test_while_a_run_is_active_looks_are_answered_and_change_nothing_and_the_rest_is_refused(active: Project) -> None:
    profile = active.root / "profiles/look"
    profile.mkdir()
    (profile / "config.yaml").write_text("dry-run: true\n")
    before = kept(active)
    for options, words in LOOKS.items():
        look = active.run("snakemake", *options.split())
        assert words in look.stdout + look.stderr, options
    assert "This was a dry-run" in active.run("snakemake", SNAKEMAKE_PROFILE=str(profile)).stdout
    for options in REFUSED:
        assert "Another run is active in this folder" in refusal(active, *options.split()), options
    assert kept(active) == before


def test_a_look_notices_what_was_changed_by_hand_and_notes_nothing(workspace: Project) -> None:
    (workspace.root / "results/report.html").write_text("by hand")
    notes = workspace.root / ".snakemake/outputs.json"
    before = (notes.read_bytes(), notes.stat().st_mtime_ns)
    for options in (["--summary"], ["-np"]):
        assert "Not as Snakemake made it: results/report.html" in refusal(workspace, *options)
    assert "report" in workspace.run("snakemake", "--list-rules").stdout
    assert (notes.read_bytes(), notes.stat().st_mtime_ns) == before
    refused = workspace.run("reenact", "record", check=False)
    assert refused.returncode == 1
    assert "Not as Snakemake made it: results/report.html" in refused.stderr


@pytest.mark.parametrize("way", ["--config", "--configfile", "profile"])
def test_a_configuration_that_snakemake_would_ignore_is_refused(workspace: Project, way: str) -> None:
    given = workspace.root / "given/config.yaml"
    given.parent.mkdir()
    given.write_text({"profile": "config: [seed=2]\n"}.get(way, "seed: 2\n"))
    options = {"--config": [way, "seed=2"], "--configfile": [way, str(given)], "profile": ["--profile", str(given.parent)]}[way]
    said = refusal(workspace, "all", "--dry-run", *options)
    assert "reenact preset NAME key=value" in said
    assert ("config.yaml" if way == "--configfile" else "seed=2") in said


def test_records_in_a_database_are_refused(workspace: Project) -> None:
    assert "--persistence-backend must be file" in refusal(workspace, "all", "--dry-run", "--persistence-backend", "db")


def test_a_run_in_another_folder_takes_that_folders_parameters_and_makes_its_files_there(workspace: Project, tmp_path: Path) -> None:
    other = Project(tmp_path / "other")
    other.root.mkdir()
    assert "params.yaml is missing" in refusal(other, "--snakefile", str(workspace.root / "Snakefile"), "--dry-run")
    shutil.copy(workspace.root / "params.yaml", other.root)
    workspace.run("snakemake", "--directory", str(other.root), "--cores", "1", "data/testsets/inputs.json", PYTHONPATH="")
    assert (other.root / "data/testsets/inputs.json").read_bytes() == (workspace.root / "data/testsets/inputs.json").read_bytes()
    assert not (other.root / ".snakemake/running").samefile(workspace.root / ".snakemake/running")


def test_a_project_in_a_folder_of_a_repository_is_recorded_and_synced(workspace: Project, tmp_path: Path) -> None:
    outer = Project(tmp_path / "many")
    inner = Project(outer.root / "sub/project")
    inner.root.parent.mkdir(parents=True)
    shutil.rmtree(workspace.root / ".git")
    workspace.root.rename(inner.root)
    outer.run("git", "init", "--quiet")
    commit(outer, "Start")
    inner.run("reenact", "preset", "tiny", "shards.max_left_out=0.6")
    inner.run("snakemake", "all")
    assert "Recorded in dvc.lock" in inner.run("reenact", "record").stdout
    assert json.loads(inner.run("dvc", "status", "--json").stdout) == {}
    assert "sub/project/dvc.lock" in outer.run("git", "status", "--short").stdout
    shutil.rmtree(inner.root / "models/ldnet")
    inner.run("dvc", "checkout")
    assert AGREE in inner.run("reenact", "sync").stdout
