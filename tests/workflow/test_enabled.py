"""A generator is switched on, and off again: it alone is trained, and its rows come and go."""

from __future__ import annotations

import json

from reenact.generators.registry import GENERATORS
from tests.support.project import Project, results, rules_run, stages_run, without_page

FOLLOWS = {"fdgan", "evaluate", "report"}
REFERENCES = ["copy_target", "driving_frames"]


def rows(project: Project) -> list[str]:
    """The rows of Table 3 in CrossTest."""
    return list(json.loads((project.root / "results/metrics/table3.json").read_text())["cross"])


def in_folder(project: Project) -> set[str]:
    return {path.name for path in (project.root / "models/fdgan").iterdir()}


def stages_logged(project: Project) -> list[str]:
    """The stage of each MLflow run."""
    return sorted(run.data.tags["stage"] for run in project.runs())


def test_a_generator_switched_on_by_dvc_and_off_again_by_snakemake(workspace):
    before, shown, ran = results(workspace), rows(workspace), stages_logged(workspace)
    assert "fdgan" not in {*shown, *ran} and in_folder(workspace) == {"not_trained.json"}
    workspace.run("reenact", "preset", "tiny", "fdgan.enabled=true")
    assert workspace.stages_planned() == workspace.stages_changed() == FOLLOWS
    assert stages_run(workspace.run("dvc", "repro").stdout) == FOLLOWS
    assert workspace.agrees()
    assert rows(workspace) == [*(name for name in GENERATORS if name in {*shown, "fdgan"}), *REFERENCES]
    assert in_folder(workspace) == {"model.safetensors", "model.json", "curves.csv", "best"}
    assert "FD-GAN: losses by iteration" in (workspace.root / "results/report.html").read_text()
    after = results(workspace)
    others = {name for name in before if not name.startswith(("models/fdgan/", "results/"))}
    assert {name: after[name] for name in others} == {name: before[name] for name in others}, "nothing else is made anew"
    assert stages_logged(workspace) == sorted([*ran, "fdgan", "evaluate"])

    workspace.run("reenact", "preset", "tiny")
    assert workspace.stages_planned() == workspace.stages_changed() == FOLLOWS
    assert rules_run(workspace.run("snakemake", "all").stderr) == {"fdgan", "predict", "score", "report"}
    workspace.run("reenact", "record")
    assert workspace.agrees()
    assert without_page(results(workspace)) == without_page(before)
