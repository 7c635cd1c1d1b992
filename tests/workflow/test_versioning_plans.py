"""What a change makes Snakemake and DVC plan: the same, whatever was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.project import Project

AFTER_SHARDS = {"shards", "testsets", "ldnet", "fdgan", "evaluate", "report"}


@pytest.mark.parametrize(
    ("change", "planned"),
    [
        ("corpus.landmark_frames=21", {"corpus", "ldnet", "evaluate", "report"}),
        ("shards.jpeg_quality=94", AFTER_SHARDS),
        ("testsets.cross_frames=4", {"testsets", "evaluate", "report"}),
        ("ldnet.weight_content=0.02", {"ldnet", "evaluate", "report"}),
        ("fdgan.weight_classifier=0.5", {"fdgan", "evaluate", "report"}),
        ("evaluate.lmtest_pairs=400", {"evaluate", "report"}),
    ],
)
def test_a_parameter_of_each_stage(workspace, change, planned):
    workspace.run("reenact", "preset", "tiny", change)
    assert workspace.stages_planned() == planned
    # The report shows all parameters, so that DVC finds it changed in itself.
    assert workspace.stages_changed() == {change.split(".")[0], "report"}


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


def append(project: Project, name: str) -> None:
    """Add a line that changes nothing but the file's content."""
    path = project.root / name
    line = "{# changed #}" if Path(name).suffix == ".html" else "# changed"
    path.write_text(f"{path.read_text()}\n{line}\n")
