"""DVC's copies of the project, for experiments run with `--temp` or from the queue, and what they share with the project."""

from __future__ import annotations

import os
from pathlib import Path

from reenact.config.schema import Params

COPIES = (".dvc", "tmp", "exps")
RENDERED = "data/corpus"


def home_of(root: Path) -> Path:
    """The project that `root` belongs to: `root` itself, or the original if `root` is an experiment's copy."""
    root = root.resolve()
    for parent in root.parents:
        if parent.parts[-len(COPIES) :] == COPIES:
            return parent.parents[len(COPIES) - 1]
    return root


def link_project(root: Path, params: Params) -> None:
    """In an experiment's copy, link the rendered corpus, and whatever the parameters name by a relative path, to the project's own.

    With links, the clip lists hold the same paths as the project's, and so the same bytes.
    """
    home = home_of(root)
    if home == root.resolve():
        return
    (home / RENDERED).mkdir(parents=True, exist_ok=True)
    for path in (RENDERED, params.corpus.path, params.testsets.portraits, params.testsets.performer, params.face_model):
        if path is not None and (home / path).exists():
            _link(Path(os.path.abspath(root / path)), home / path)


def _link(place: Path, target: Path) -> None:
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target.resolve())
