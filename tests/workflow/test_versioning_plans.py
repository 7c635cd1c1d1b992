"""What a changed source or a deleted output makes Snakemake and DVC plan: the same; where no training follows, also what ran."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.project import AGREE, append, rules_run, stages_run

AFTER_SHARDS = {"shards", "testsets", "ldnet", "dense", "evaluate", "report"}


@pytest.mark.parametrize(
    ("source", "planned"),
    [
        ("reenact/stages/shards.py", AFTER_SHARDS),
        ("reenact/testsets/crosstest.py", {"testsets", "evaluate", "report"}),
        ("reenact/ldnet/losses.py", {"ldnet", "evaluate", "report"}),
        ("reenact/generators/dense/task.py", {"dense", "evaluate", "report"}),
        ("reenact/evaluation/score.py", {"evaluate", "report"}),
        ("reenact/report/templates/page.html", {"report"}),
    ],
)
def test_a_source_file_of_each_stage(workspace, source, planned):
    append(workspace, source)
    stages = workspace.stages_changed()
    assert len(stages) == 1
    assert stages <= planned == workspace.stages_planned()


def test_a_changed_source_run_by_dvc(workspace):
    append(workspace, "reenact/testsets/crosstest.py")
    assert stages_run(workspace.run("dvc", "repro").stdout) == {"testsets"}
    assert workspace.agrees(), "equal test sets are no reason to go on"


def test_a_source_of_the_corpus_looks_at_the_clips_again(workspace):
    append(workspace, "reenact/stages/corpus.py")
    assert workspace.stages_changed() == {"corpus"}
    assert workspace.planned()["manifest"] == 1
    workspace.run("dvc", "repro")
    assert workspace.agrees(), "equal lists and equal truth are no reason to go on"


def test_a_comment_elsewhere_reruns_nothing(workspace):
    for path in (
        "README.md",
        "reenact/errors.py",
        "reenact/animate/cli.py",
        "pipeline/sync.py",
        "pipeline/stages.py",
        "Makefile",
    ):
        append(workspace, path)
    assert workspace.agrees()


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("data/truth/frames.parquet", "corpus"),
        ("data/manifest/lists/test-00000.csv", "corpus"),
        ("data/shards/train/00001.parquet", "shards"),
        ("data/testsets/lmtest.parquet", "testsets"),
        ("models/ldnet/model.safetensors", "ldnet"),
        ("models/dense/model.json", "dense"),
        ("models/adain/not_trained.json", "adain"),
        ("results/predictions/selftest.parquet", "evaluate"),
        ("results/crosstest.mp4", "report"),
    ],
)
def test_a_deleted_output_of_each_stage(workspace, name, stage):
    (workspace.root / name).unlink()
    assert workspace.stages_changed() >= {stage}
    assert stage in workspace.stages_planned()


@pytest.mark.parametrize("name", ["results/tables/table1.md", "data/testsets/lmtest/performer.mp4"])
def test_a_file_deleted_from_an_output_folder_is_noticed(workspace, name):
    """Snakemake looks only at the time of such a folder; without a check, `reenact record` would record that the file is gone."""
    lock = (workspace.root / "dvc.lock").read_bytes()
    (workspace.root / name).unlink()
    for command in (("snakemake", "all"), ("reenact", "record")):
        refused = workspace.run(*command, check=False)
        assert refused.returncode == 1
        assert str(Path(name).parent) in refused.stderr, command
    refused = workspace.run("reenact", "sync", check=False)
    assert refused.returncode == 1
    assert "DVC finds the workspace changed" in refused.stderr
    assert (workspace.root / "dvc.lock").read_bytes() == lock
    workspace.run("dvc", "checkout")
    assert AGREE in workspace.run("reenact", "sync").stdout


def test_a_folder_that_lacks_a_file_is_made_anew_once_it_is_deleted(workspace):
    (workspace.root / "results/tables/table1.md").unlink()
    shutil.rmtree(workspace.root / "results/tables")
    assert rules_run(workspace.run("snakemake", "all").stderr) == {"report"}
    assert workspace.agrees(), "what was made anew is what DVC has"
