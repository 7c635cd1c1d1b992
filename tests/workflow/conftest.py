"""A finished workspace of the tiny preset, made once by the real tools, and copies of it for tests to change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.workflow.project import Project, clone, commit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.workflow)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny preset, run to its end by `snakemake all` and recorded with DVC. Tests must not change it."""
    project = clone(tmp_path_factory.mktemp("finished"))
    project.run("reenact", "preset", "tiny")
    project.run("snakemake", "all")
    project.run("reenact", "record")
    commit(project, "Run the tiny preset")
    return project


@pytest.fixture
def workspace(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished workspace that a test may change; files keep their times."""
    target = tmp_path / "project"
    shutil.copytree(finished.root, target, symlinks=True)
    return Project(target)
