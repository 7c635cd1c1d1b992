"""A finished workspace of the tiny preset, made once by the real tools, and copies of it for tests to change.

Two processes share the tests: one makes the workspace, while the other runs what needs none.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from reenact.locks import exclusive
from tests.support.project import Project, clone, commit

# Many short tests: so neither process is left alone with a long one at the end.
LAST = "test_versioning_plans.py"
# The words by which the shell recognises a rule's command.
WORDS = {
    "manifest": "corpus",
    "lmtest_inputs": "lmtest-inputs",
    "score": "pipeline.score",
    "report": "pipeline.report",
    "ldnet": "ldnet",
    "dense": "dense",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.workflow)
    items.sort(key=lambda item: ("finished" in item.fixturenames, item.path.name == LAST))


class OneCluster(LoadScopeScheduling):
    """Runs each test in whichever process is free, but all that need the Slurm cluster in one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return file if file.endswith("test_slurm.py") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneCluster:
    """The mark xdist_group would not do: pytest-xdist 3.8 overlooks it under pytest 9.2, which keeps test ids elsewhere."""
    return OneCluster(config, log)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The tiny preset, run to its end by `snakemake all` and recorded with DVC. Tests only read it, and run no tool in it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    made = shared / "finished.made"
    with exclusive(shared / "finished.lock", "making the finished workspace"):
        if not made.exists():
            project = clone(shared / "finished")
            project.run("reenact", "preset", "tiny")
            project.run("snakemake", "all")
            project.run("reenact", "record")
            commit(project, "Run the tiny preset")
            made.touch()
    return Project(shared / "finished")


@pytest.fixture
def workspace(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished workspace that a test may change; files keep their times."""
    target = tmp_path / "project"
    shutil.copytree(finished.root, target, symlinks=True)
    return Project(target)


@pytest.fixture
def failing(tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Replaces a rule's command by a bash command; gives the environment in which a command of the project does so."""

    def environment(rule: str, failure: str) -> dict[str, str]:
        # Snakemake's jobs are commands of bash, which reads this file first.
        functions = tmp_path / "functions.bash"
        functions.write_text(
            "".join(
                f'{program}() {{ case " $* " in *" {WORDS.get(rule, rule)} "*) {failure};; *) command {program} "$@";; esac; }}\n'
                for program in ("reenact", "python")
            )
        )
        return {"BASH_ENV": str(functions)}

    return environment
