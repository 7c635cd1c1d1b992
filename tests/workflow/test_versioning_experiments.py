"""`dvc exp run` in the workspace, in a copy of it, and from the queue."""

from __future__ import annotations

import json
import shutil

from tests.support.project import AGREE, Project

PAIRS = "evaluate.lmtest_pairs"


def test_experiments_in_the_workspace_a_copy_and_the_queue(workspace):
    workspace.run("dvc", "exp", "run", "--name", "here", "-S", f"{PAIRS}=400")
    assert workspace.agrees()
    workspace.run("dvc", "exp", "run", "--temp", "--name", "copy", "-S", f"{PAIRS}=300")
    workspace.run("dvc", "exp", "run", "--queue", "--name", "queued", "-S", f"{PAIRS}=200")
    workspace.run("dvc", "exp", "run", "--run-all")
    assert workspace.agrees(), "copies leave the workspace alone"
    assert pairs_of_experiments(workspace) == {"here": 400, "copy": 300, "queued": 200}
    logged = {run.data.params[PAIRS] for run in workspace.runs("tags.stage = 'evaluate'")}
    assert {"500", "400", "300", "200"} <= logged, "MLflow keeps them all in the project's own database"
    workspace.run("dvc", "exp", "apply", "copy")
    assert AGREE in workspace.run("reenact", "sync").stdout
    assert json.loads((workspace.root / "results/metrics/table1.json").read_text())


def test_a_copy_finds_a_corpus_by_its_relative_path(workspace):
    (rendered,) = (workspace.root / "data/corpus").iterdir()
    shutil.copytree(rendered, workspace.root / "footage", ignore=shutil.ignore_patterns("*.parquet"))
    changes = ("corpus.kind=voxceleb2", "corpus.path=footage")
    workspace.run("dvc", "exp", "run", "--temp", "--name", "copy", *(f"-S{change}" for change in changes), "corpus")
    lists = {path.name: path.read_bytes() for path in (workspace.root / "data/manifest/lists").iterdir()}
    workspace.run("dvc", "exp", "apply", "copy")
    of_copy = {path.name: path.read_bytes() for path in (workspace.root / "data/manifest/lists").iterdir()}
    assert of_copy != lists
    workspace.run("reenact", "manifest")
    assert {path.name: path.read_bytes() for path in (workspace.root / "data/manifest/lists").iterdir()} == of_copy


def pairs_of_experiments(project: Project) -> dict[str, int]:
    """The parameter in which the experiments differ, by experiment name."""
    (baseline,) = (entry for entry in json.loads(project.run("dvc", "exp", "show", "--json").stdout) if entry["rev"] != "workspace")
    found = {}
    for experiment in baseline["experiments"]:
        (revision,) = experiment["revs"]
        found[revision["name"]] = revision["data"]["params"]["params.yaml"]["data"]["evaluate"]["lmtest_pairs"]
    return found
