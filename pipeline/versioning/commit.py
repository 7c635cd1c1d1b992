"""The commit that a project stands at, in words."""

from __future__ import annotations

import subprocess
from pathlib import Path

LISTED = 5
# DVC writes it when results are recorded: that is no change of what makes them.
NOT_A_SOURCE = ":(exclude)dvc.lock"


def commit_in_words(root: Path) -> str:
    """The commit of the project `root`, and which of its files git finds changed since; or why there is none to name."""
    try:
        commit = _git(root, "rev-parse", "HEAD").strip()
        changed = _git(root, "status", "--porcelain", "--no-renames", "-z", "--", ".", NOT_A_SOURCE).split("\0")
    except FileNotFoundError:
        return "unknown: there is no git on this machine"
    except subprocess.CalledProcessError as error:
        return f"unknown: git says {error.stderr.strip()!r}"
    names = [entry[3:] for entry in changed if entry]
    return f"{commit}, with uncommitted changes of {_listed(names)}" if names else commit


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{', '.join(names[:LISTED])}{more}"


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "--no-optional-locks", *arguments], cwd=root, capture_output=True, encoding="utf-8", errors="replace", check=True
    ).stdout
