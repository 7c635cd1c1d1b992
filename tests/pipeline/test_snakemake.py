"""What this project takes from the inside of Snakemake and DVC: an update that changes it fails here first, and says what to look at."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from dvc.repo.experiments.utils import EXEC_TMP_DIR
from packaging.requirements import Requirement
from packaging.version import Version
from snakemake import cli
from snakemake.common import NOTHING_TO_BE_DONE_MSG

from pipeline.guards.command_purpose import AFTER_RUNNING, BEFORE_RUNNING
from pipeline.guards.snakemake_records import unfinished
from pipeline.versioning.experiments import COPIES
from tests.support.project import NOTHING, Project

ROOT = Path(__file__).parents[2]
LONG = "/".join(["folder" * 8] * 5) + "/file.txt"  # a path whose record has a name longer than a file may have
SNAKEFILE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from snakemake.exceptions import IncompleteCheckpointException
from pipeline.guards.command_purpose import current_arguments, purpose_of

Path("purpose").write_text(purpose_of(current_arguments()).name)

def by_list(wildcards):
    if "list" not in checkpoints.created_output:
        try:
            checkpoints.lists.get()
        except IncompleteCheckpointException as incomplete:
            raise incomplete.with_traceback(None)
    return "list"

rule all:
    input: {LONG!r}, "folder"

checkpoint lists:
    output: "list"
    shell: "echo 1 > {{output}}"

rule long:
    input: by_list
    output: {LONG!r}
    shell: "cp -r .snakemake/incomplete seen_incomplete; cp -r .snakemake/locks seen_locks; touch {{output}}"

rule folder:
    input: "Snakefile"
    output: directory("folder")
    shell: "mkdir {{output}}; touch {{output}}/a"

workflow.get_rule("folder").set_input("list")
"""


def snakemake(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "snakemake", *arguments]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Snakemake ran a small workflow of this project's kind."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "Snakefile").write_text(SNAKEFILE)
    snakemake(folder, "--cores", "1")
    return folder


def record(folder: Path, name: str) -> Path:
    """Where the record of the output `name` is looked for (pipeline/guards/changed_outputs.py)."""
    code = urlsafe_b64encode(name.encode()).decode()
    parts = [code[start : start + 254] for start in range(0, len(code), 254)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])


@pytest.mark.parametrize("name", ["list", LONG, "folder"])
def test_a_record_has_its_outputs_name_and_the_time_at_which_it_was_made(made: Path, name: str) -> None:
    found = json.loads(record(made / ".snakemake/metadata", name).read_text())
    files = [path for path in (made / name).rglob("*") if path.name[0] != "."] or [made / name]
    times = [path.stat().st_mtime for path in files]
    assert found["endtime"] >= max(times) if (made / name).is_dir() else [found["endtime"]] == times
    assert {"rule", "params", "code", "input", "incomplete"} <= found.keys()


def test_every_record_is_one_of_an_output(made: Path) -> None:
    records = {path for path in (made / ".snakemake/metadata").rglob("*") if path.is_file()}
    assert records == {record(made / ".snakemake/metadata", name) for name in ("list", LONG, "folder")}


def test_a_rule_that_was_read_can_be_given_more_inputs(made: Path) -> None:
    assert set(json.loads(record(made / ".snakemake/metadata", "folder").read_text())["input"]) == {"Snakefile", "list"}


def test_outputs_in_the_making_are_recorded_by_the_same_names_and_no_longer(made: Path) -> None:
    assert record(made / "seen_incomplete", LONG).is_file()
    assert not any(path.is_file() for path in (made / ".snakemake/incomplete").rglob("*"))


def test_an_output_that_is_marked_when_all_is_done_counts_as_unfinished(tmp_path: Path) -> None:
    marking = 'onsuccess:\n    workflow.persistence._mark_incomplete("a", None)\nrule a:\n    output: "a"\n    shell: "touch a"\n'
    (tmp_path / "Snakefile").write_text(marking)
    snakemake(tmp_path, "--cores", "1")
    assert unfinished(tmp_path) == {"a"}
    snakemake(tmp_path, "--cores", "1", "--rerun-incomplete", "--no-hooks")
    assert unfinished(tmp_path) == set(), "it was made anew"


def test_locks_are_files_that_end_in_lock(made: Path) -> None:
    assert {path.name for path in (made / "seen_locks").iterdir()} >= {"0.output.lock"}
    assert all(path.suffix == ".lock" for path in (made / "seen_locks").iterdir())


def test_snakemakes_arguments_are_found_while_it_reads_the_snakefile(made: Path) -> None:
    assert (made / "purpose").read_text() == "RUN"
    snakemake(made, "--list-rules")
    assert (made / "purpose").read_text() == "LIST"


def test_snakemake_heeds_the_options_that_run_nothing_in_the_known_order() -> None:
    tree = ast.parse(inspect.getsource(cli.args_to_api))
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If) and _calls_the_api(node)]
    options = [_first_option(node) for node in sorted(branches, key=lambda node: node.lineno)]
    # The last one makes the report after a run; the report before it stands under the option that puts it off.
    assert options.pop() == "report_after_run"
    ours = list(dict.fromkeys("report_after_run" if name in AFTER_RUNNING else name for name in BEFORE_RUNNING))
    assert options == ours, "Snakemake's options changed: see snakemake.cli.args_to_api and pipeline/guards/command_purpose.py"


def _calls_the_api(branch: ast.If) -> bool:
    """Whether a branch calls `dag_api` or `workflow_api` at once."""
    statements = [statement.value for statement in branch.body if isinstance(statement, ast.Expr | ast.Assign)]
    calls = [value.func for value in statements if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)]
    return any(isinstance(call.value, ast.Name) and call.value.id in {"dag_api", "workflow_api"} for call in calls)


def _first_option(branch: ast.If) -> str:
    nodes = (node for node in ast.walk(branch.test) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))
    return next(node.attr for node in nodes if node.value.id == "args")


def test_snakemake_says_that_there_is_nothing_to_do_in_the_known_words() -> None:
    assert NOTHING_TO_BE_DONE_MSG.startswith(NOTHING)


def test_what_a_dry_run_plans_is_read_and_an_answer_that_is_not_understood_is_no_plan(tmp_path: Path) -> None:
    snakefile, project = tmp_path / "Snakefile", Project(tmp_path)
    snakefile.write_text('rule all:\n    input: "made"\nrule make:\n    output: "made"\n    shell: "touch {output}"\n')
    assert project.planned() == {"all": 1, "make": 1}
    snakemake(tmp_path, "--cores", "1")
    assert project.planned() == {}
    snakefile.write_text('import os\nprint("another answer", flush=True)\nos._exit(0)\n')
    with pytest.raises(pytest.fail.Exception, match="another answer"):
        project.planned()


def test_dvc_keeps_experiments_copies_in_the_known_folder() -> None:
    assert COPIES == (".dvc", "tmp", EXEC_TMP_DIR)


def test_versions_are_bounded_and_agree() -> None:
    wanted = {item.name: item for item in map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])}
    locked = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line)
    for name in ("snakemake", "dvc", "mlflow"):
        bounds = wanted[name].specifier
        assert locked[name].split()[0] in bounds
        assert f"{Version(locked[name].split()[0]).major + 1}.0" not in bounds, f"{name} has no upper bound"
    least = re.search(r'^min_version\("(.+)"\)', (ROOT / "Snakefile").read_text(), re.MULTILINE)[1]
    assert f">={least}" in str(wanted["snakemake"].specifier)
