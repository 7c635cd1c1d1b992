"""Where a training keeps its checkpoints: a folder of its own for whatever decides its result."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reenact.files import sha256_json

log = logging.getLogger(__name__)


def run_dir(state_dir: Path, section: Mapping[str, Any], seed: int, made_from: Mapping[str, str]) -> Path:
    """The folder below `state_dir` for the checkpoints of the training that these decide; it need not exist.

    `section` is the network's parameter section, `made_from` maps the names of the inputs to their SHA-256. How often checkpoints are
    written decides nothing, so the same training goes on under another `checkpoint_every`. A warning says so where `state_dir` holds
    checkpoints of other trainings only.
    """
    deciding = {name: value for name, value in section.items() if name != "checkpoint_every"}
    folder = state_dir / sha256_json({"params": deciding, "seed": seed, "made_from": dict(made_from)})[:16]
    found = {state_dir / path.relative_to(state_dir).parts[0] for path in state_dir.rglob("step-*.pt")}
    if found and folder not in found:
        others = ", ".join(map(str, sorted(found)))
        log.warning("starting afresh: the checkpoints in %s are of other parameters, data or code; they may be removed", others)
    return folder
