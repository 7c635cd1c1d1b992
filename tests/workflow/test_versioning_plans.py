"""What a changed source or a deleted output makes Snakemake and DVC plan: the same."""

from __future__ import annotations

import pytest

from tests.workflow.project import append, rules_run

AFTER_SHARDS = {"shards", "testsets", "ldnet", "fdgan", "evaluate", "report"}


@pytest.mark.parametrize(
    ("source", "planned"),
    [
        ("reenact/steps/shards.py", AFTER_SHARDS),
        ("reenact/testsets/crosstest.py", {"testsets", "evaluate", "report"}),
        ("reenact/ldnet/losses.py", {"ldnet", "evaluate", "report"}),
        ("pipeline/rules/fdgan.smk", {"fdgan", "evaluate", "report"}),
        ("reenact/metrics/ssim.py", {"evaluate", "report"}),
        ("reenact/report/templates/page.html", {"report"}),
    ],
)
def test_a_source_file_of_each_stage(workspace, source, planned):
    append(workspace, source)
    stages = workspace.stages_changed()
    assert len(stages) == 1
    assert stages <= planned == workspace.stages_planned()


def test_a_source_of_the_corpus_looks_at_the_clips_again(workspace):
    append(workspace, "reenact/steps/corpus.py")
    assert workspace.stages_changed() == {"corpus"}
    assert workspace.planned()["manifest"] == 1
    workspace.run("dvc", "repro")
    assert workspace.agrees(), "equal lists and equal truth are no reason to go on"


def test_a_comment_elsewhere_reruns_nothing(workspace):
    for path in ("README.md", "reenact/errors.py", "reenact/animate/cli.py", "pipeline/sync.py", "pipeline/stages.py", "Makefile"):
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
        ("models/fdgan/model.json", "fdgan"),
        ("results/predictions/selftest.parquet", "evaluate"),
        ("results/tables/table1.md", "report"),
    ],
)
def test_a_deleted_output_of_each_stage(workspace, name, stage):
    (workspace.root / name).unlink()
    assert workspace.stages_changed() >= {stage}
    assert stage in workspace.stages_planned()


def test_a_shard_made_again_with_equal_content_is_no_reason_to_go_on(workspace):
    (workspace.root / "data/shards/train/00000.parquet").unlink()
    assert rules_run(workspace.run("snakemake", "all").stderr) <= {"shard", "ledger"}
    assert workspace.agrees()
