"""The rule of a generator that is not enabled, run by Snakemake itself; tests/workflow/test_enabled.py switches one on and off."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reenact.generators.registry import GENERATORS
from tests.support.project import Project, clone, rules_run


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone without any result, with AdaIN switched off."""
    found = clone(tmp_path_factory.mktemp("generators") / "project")
    found.run("reenact", "preset", "tiny", "adain.enabled=false")
    return found


def test_it_waits_for_nothing_and_leaves_a_file_alone_in_its_folder(project: Project) -> None:
    ran = project.run("snakemake", "adain", "--cores", "1")
    assert rules_run(ran.stderr) == {"adain"}
    assert [path.name for path in Path(project.root, "models/adain").iterdir()] == ["not_trained.json"]
    assert json.loads(Path(project.root, "models/adain/not_trained.json").read_text())["disabled_by"] == "adain.enabled"
    said = "AdaIN is not trained: adain.enabled is false in params.yaml."
    assert said in Path(project.root, "logs/adain.log").read_text() and said in ran.stderr
    assert not [name for name in ("data", "mlruns", "mlflow.db") if Path(project.root, name).exists()]
    again = project.run("snakemake", "adain", "--cores", "1")
    assert rules_run(again.stderr) == set()


def test_what_shows_results_asks_for_the_networks_of_those_that_are_enabled(project: Project) -> None:
    planned = project.run("snakemake", "report_stage", "--dry-run", "--quiet", "rules")
    rules = set(re.findall(r"^(\w+) +1$", planned.stdout + planned.stderr, re.MULTILINE))
    assert {"dense", "predict", "report"} < rules and "adain" not in rules


def test_parameters_that_enable_no_generator_stop_every_command(project: Project) -> None:
    params = Path(project.root, "params.yaml")
    before = params.read_bytes()
    project.run("reenact", "preset", "tiny", *(f"{name}.enabled=false" for name in GENERATORS))
    refused = project.run("snakemake", "all", "--dry-run", check=False)
    params.write_bytes(before)
    assert refused.returncode != 0
    keys = ", ".join(f"{name}.enabled" for name in GENERATORS)
    assert f"enables no generator, so there is nothing to evaluate; set at least one of these to true: {keys}\n" in refused.stdout
