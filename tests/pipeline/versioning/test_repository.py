"""Where DVC finds the git repository that it keeps the project in: as `dvc` itself answers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.cli import main as dvc

from pipeline.versioning.repository import has_repository, refuse_links
from reenact.errors import ReenactError

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, check=True)


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Start")
    return folder


def with_dvc(folder: Path, config: str = "") -> Path:
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc/config").write_text(config)
    return folder


def at_the_top(tmp: Path) -> Path:
    return with_dvc(repository(tmp / "project"))


def in_a_folder_of_a_repository(tmp: Path) -> Path:
    return with_dvc(repository(tmp / "many") / "sub/project")


def in_a_worktree(tmp: Path) -> Path:
    git(repository(tmp / "main"), "worktree", "add", "--quiet", str(tmp / "tree"))
    return with_dvc(tmp / "tree/project")


def in_a_submodule(tmp: Path) -> Path:
    repository(tmp / "other")
    git(repository(tmp / "outer"), "submodule", "add", "--quiet", str(tmp / "other"), "inner")
    return with_dvc(tmp / "outer/inner")


def without_git_by_choice(tmp: Path) -> Path:
    return with_dvc(tmp / "project", "[core]\n    no_scm = true\n")


def without_git(tmp: Path) -> Path:
    return with_dvc(tmp / "project")


def beside_a_git_folder_that_is_none(tmp: Path) -> Path:
    (tmp / "project/.git").mkdir(parents=True)
    return with_dvc(tmp / "project")


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (at_the_top, True),
        (in_a_folder_of_a_repository, True),
        (in_a_worktree, True),
        (in_a_submodule, True),
        (without_git_by_choice, True),
        (without_git, False),
        (beside_a_git_folder_that_is_none, False),
    ],
)
def test_a_repository_is_found_where_dvc_finds_it(tmp_path: Path, monkeypatch, place: Callable[[Path], Path], found: bool) -> None:
    root = place(tmp_path)
    monkeypatch.chdir(root)
    assert (dvc(["status"]) == 0) is found
    assert has_repository(root) is has_repository(Path()) is found


@pytest.mark.parametrize("links", ["hardlink", "symlink", "reflink,hardlink,copy"])
@pytest.mark.parametrize("place", [".", "sub/project"])
def test_a_cache_that_links_is_refused_wherever_it_is_configured(tmp_path: Path, links: str, place: str) -> None:
    with_dvc(tmp_path, f"[cache]\n    type = {links}\n")
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    with pytest.raises(ReenactError, match=r"cache\.type is .*link"):
        refuse_links(tmp_path / place)


def test_a_cache_that_copies_is_taken(tmp_path: Path) -> None:
    refuse_links(with_dvc(tmp_path, '[cache]\n    type = "reflink,copy"\n'))
