"""The commit that a report names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.versioning.commit import commit_in_words

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.org")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project below the top of a repository, with a committed file."""
    project = tmp_path / "many/project"
    project.mkdir(parents=True)
    git(tmp_path / "many", "init", "--quiet")
    for name in ("params.yaml", "dvc.lock", "../elsewhere"):
        (project / name).write_text("first")
    git(project / "..", "add", ".")
    git(project, "commit", "--quiet", "-m", "Start")
    return project


def test_a_clean_project_is_its_commit_alone(project):
    (project / "../elsewhere").write_text("changed")
    (project / "dvc.lock").write_text("recorded")
    assert commit_in_words(project) == git(project, "rev-parse", "HEAD")


def test_what_is_changed_is_named_and_long_lists_are_counted(project):
    commit = git(project, "rev-parse", "HEAD")
    git(project, "mv", "params.yaml", "renamed ü.yaml")
    assert commit_in_words(project) == f"{commit}, with uncommitted changes of project/params.yaml, project/renamed ü.yaml"
    for number in range(6):
        (project / f"{number}.py").write_text("new")
    changed = "project/params.yaml, project/renamed ü.yaml, project/0.py, project/1.py, project/2.py and 3 more"
    assert commit_in_words(project) == f"{commit}, with uncommitted changes of {changed}"


def test_a_name_that_is_not_utf8_stops_nothing(project):
    (project / os.fsdecode(b"caf\xe9.py")).write_text("new")
    assert commit_in_words(project).endswith("with uncommitted changes of project/caf\N{REPLACEMENT CHARACTER}.py")


def test_without_a_commit_or_git_the_reason_is_told(tmp_path, monkeypatch):
    git(tmp_path, "init", "--quiet")
    assert commit_in_words(tmp_path).startswith("unknown: git says")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_in_words(tmp_path) == "unknown: there is no git on this machine"
