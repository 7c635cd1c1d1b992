"""Where a training keeps its checkpoints: one folder for each combination of parameters, seed and inputs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reenact.files import sha256_json

log = logging.getLogger(__name__)


def run_dir(state_dir: Path, section: Mapping[str, Any], seed: int, made_from: Mapping[str, str]) -> Path:
    """The folder below `state_dir` for the checkpoints of a training; it need not exist.

    section: the network's parameters. made_from: SHA-256 of the inputs by name. `checkpoint_every` does not change how
    the network learns, so the training goes on with another value of it; it decides which networks may be the best.
    """
    deciding = {name: value for name, value in section.items() if name != "checkpoint_every"}
    return state_dir / sha256_json({"params": deciding, "seed": seed, "made_from": dict(made_from)})[:16]


def warn_of_others(state_dir: Path, folder: Path) -> None:
    """Log a warning if `state_dir` holds checkpoints, and none of them are `folder`'s."""
    found = {state_dir / path.relative_to(state_dir).parts[0] for path in state_dir.rglob("iteration-*.pt")}
    if found and folder not in found:
        others = ", ".join(map(str, sorted(found)))
        log.warning("starting afresh: the checkpoints in %s are of other parameters, data or code; they may be removed", others)
