"""Runs, checkouts, copies and kills by Snakemake and DVC in turn: what ran, and what both report afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from reenact.generators.registry import trained
from tests.support.project import AGREE, Project, append, clone, commit, results, stages_run, wait_for, without_page

LOSSES = "reenact/ldnet/losses.py"


def test_dvc_alone_killed_and_started_again_makes_the_same(request, tmp_path):
    project = clone(tmp_path / "fresh")
    project.run("reenact", "preset", "tiny")
    running = project.start("dvc", "repro")
    wait_for(lambda: list((project.root / ".state/training/ldnet").rglob("*.pt")), running)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    ran = project.run("dvc", "repro").stdout
    # Those that are not enabled may have come before the kill.
    assert {"ldnet", "dense", "evaluate", "report"} <= stages_run(ran) <= {"ldnet", *trained(), "evaluate", "report"}
    assert project.agrees()
    # Asked for only here: meanwhile the other process makes it.
    assert without_page(results(project)) == without_page(results(request.getfixturevalue("finished")))


def test_two_commits_and_the_ways_between_them(workspace, tmp_path):
    """A change by DVC, comparisons, checkouts back and forth, a remote, a clone of the repository, and the run cache."""
    before = results(workspace)
    workspace.run("reenact", "preset", "tiny", "ldnet.weight_content=0.5")
    append(workspace, LOSSES)
    ran = workspace.run("dvc", "repro").stdout
    assert stages_run(ran) == {"ldnet", "evaluate", "report"}
    assert workspace.agrees()
    after = results(workspace)
    commit(workspace, "Raise the weight of the content")
    compare_with_last_commit(workspace)

    workspace.run("git", "checkout", "--quiet", "HEAD~1")
    workspace.run("dvc", "checkout")
    assert results(workspace) == before
    refused = workspace.run("snakemake", "all", "--dry-run", check=False)
    assert refused.returncode == 1
    assert "reenact sync" in refused.stdout
    workspace.run("reenact", "sync")
    assert workspace.agrees()
    everything = push(workspace, tmp_path / "remote")

    # The outputs are of the older commit: with the newer one's parameters and sources alone, they must not pass for current.
    workspace.run("git", "checkout", "--quiet", "-", "--", "params.yaml", LOSSES)
    assert workspace.stages_planned() == {"ldnet", "evaluate", "report"}
    ran = workspace.run("dvc", "repro").stdout
    assert "Stage 'ldnet' is cached" in ran, "DVC's run cache has it"
    assert stages_run(ran) == {"evaluate"}
    assert results(workspace) == after
    assert AGREE in workspace.run("reenact", "sync").stdout

    changed = push(workspace, tmp_path / "remote")
    assert 0 < changed < everything, "shards and what else stayed the same are not sent again"
    commit(workspace, "Name the remote")
    copy = Project(tmp_path / "copy")
    workspace.run("git", "clone", "--quiet", ".", str(copy.root))
    copy.run("dvc", "pull")
    assert results(copy) == after
    assert AGREE in copy.run("reenact", "sync").stdout


def compare_with_last_commit(project: Project) -> None:
    """The differences between two commits, in parameters, table values and curves."""
    params = json.loads(project.run("dvc", "params", "diff", "HEAD~1", "--json").stdout)
    assert params["params.yaml"] == {"ldnet.weight_content": {"old": 0.01, "new": 0.5, "diff": 0.49}}
    metrics = json.loads(project.run("dvc", "metrics", "diff", "HEAD~1", "--json").stdout)
    table = metrics["results/metrics/table2.json"]
    assert table["cross.dense.ldnet.psim.value"]["diff"] != 0
    plots = json.loads(project.run("dvc", "plots", "diff", "HEAD~1", "--json").stdout)["data"]
    (curve,) = plots["ldnet phase2/reconstruction"]
    assert curve["content"]["transform"] == [{"filter": {"not": {"field": "phase2/reconstruction", "equal": ""}}}], (
        "no zeros before phase 2"
    )
    values = {revision: last_point(curve, revision) for revision in ("workspace", "HEAD~1")}
    assert values["workspace"] != values["HEAD~1"]


def shards_made(ran: subprocess.CompletedProcess[str]) -> int:
    """How many shards a run made."""
    return (ran.stdout + ran.stderr).count("(Rule: shard)")


def last_point(curve: dict[str, Any], revision: str) -> float:
    """The value at the last step of a curve that `dvc plots diff --json` gives."""
    points = [point for point in curve["content"]["data"]["values"] if point["rev"] == revision]
    return float(max(points, key=lambda point: int(point["iteration"]))["phase2/reconstruction"])


def push(project: Project, remote: Path) -> int:
    """Push to a folder, and count the objects that were new."""
    project.run("dvc", "remote", "add", "--force", "--default", "store", str(remote))
    before = set(remote.rglob("*")) if remote.exists() else set()
    project.run("dvc", "push")
    return len([path for path in set(remote.rglob("*")) - before if path.is_file()])


def test_a_shard_edited_by_hand_passes_for_nothing(workspace):
    before = results(workspace)
    shard = workspace.root / "data/shards/train/00000.parquet"
    shard.write_bytes(shard.read_bytes() + b"edited")
    lock = (workspace.root / "dvc.lock").read_bytes()
    for command in (("snakemake", "all"), ("reenact", "record"), ("reenact", "sync")):
        refused = workspace.run(*command, check=False)
        assert refused.returncode == 1
        assert "data/shards" in refused.stderr, command
    assert (workspace.root / "dvc.lock").read_bytes() == lock
    ran = workspace.run("dvc", "repro")
    assert "Removing data/shards/train/00000.parquet" in ran.stderr
    assert stages_run(ran.stdout) == {"shards"}
    assert results(workspace) == before
    assert workspace.agrees()


def test_outputs_deleted_and_put_back(workspace):
    before = results(workspace)
    (workspace.root / "results/report.html").unlink()
    table = workspace.root / "results/metrics/table1.json"
    table.write_text(table.read_text().replace("0", "1"))
    refused = workspace.run("snakemake", "all", check=False)
    assert "results/metrics/table1.json" in refused.stderr
    refused = workspace.run("reenact", "sync", check=False)
    assert "results/report.html deleted" in refused.stderr
    assert "dvc checkout" in refused.stderr
    workspace.run("dvc", "checkout", "--force")
    assert results(workspace) == before
    assert workspace.agrees(), "what DVC puts back is what Snakemake made"
    (workspace.root / "results/report.html").unlink()
    assert workspace.planned().keys() == {"report", "all"}
    assert workspace.stages_changed() == {"report"}
    ran = workspace.run("dvc", "repro").stdout
    assert "Stage 'report' is cached" in ran
    assert AGREE in workspace.run("reenact", "sync").stdout


def test_clips_added_removed_and_replaced(workspace):
    (rendered,) = (workspace.root / "data/corpus").iterdir()
    rendered.rename(workspace.root / "footage")
    for truth in (workspace.root / "footage").rglob("*.parquet"):
        truth.unlink()
    workspace.run("reenact", "preset", "tiny", "corpus.kind=voxceleb2", "corpus.path=footage")
    assert stages_run(workspace.run("dvc", "repro", "shards").stdout) == {"corpus", "shards"}
    before = results(workspace)
    clip = min((workspace.root / "footage/dev").rglob("*.mp4"))
    added = clip.with_name("00099.mp4")
    added.write_bytes(clip.read_bytes())
    workspace.run("reenact", "manifest")
    ran = workspace.run("dvc", "repro", "shards")
    assert stages_run(ran.stdout) == {"corpus", "shards"}
    assert shards_made(ran) == 1
    assert workspace.run("snakemake", "shards_stage", "--dry-run").stdout.count("Nothing to be done") == 1
    added.unlink()
    workspace.run("reenact", "manifest")
    assert shards_made(workspace.run("snakemake", "shards_stage")) == 1
    assert results(workspace) == before
    clip.write_bytes(max((workspace.root / "footage/dev").rglob("*.mp4")).read_bytes())
    workspace.run("reenact", "manifest")
    assert shards_made(workspace.run("snakemake", "shards_stage")) == 1
    assert results(workspace) != before
    workspace.run("dvc", "repro", "shards")
    assert not workspace.stages_changed() & {"corpus", "shards"}


def test_snakemakes_report_shows_results_with_captions(workspace, tmp_path):
    workspace.run("snakemake", "all", "--report", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text()
    for text in ("table1.html", "crosstest.jpg", "swaps.png", "crosstest.mp4", "no recordings", "From videos to the tables"):
        assert text in page
