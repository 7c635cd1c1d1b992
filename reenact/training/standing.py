"""How trainings stand, read from the small files that they write (`reenact.training.status`). Does without PyTorch, which takes seconds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from reenact.errors import ReenactError
from reenact.files import read_json
from reenact.locks import is_held

FILE = "status.json"
LOCK = "lock"
RUNNING, STOPPED, DIVERGED, FINISHED = "running", "stopped", "diverged", "finished"


def standing(training: Path) -> list[dict[str, Any]]:
    """Every status below `training`, the project's .state/training; oldest first. What was killed is stopped: it holds no lock."""
    found = []
    for file in training.glob(f"*/*/{FILE}"):
        values = read_status(file)
        if values is None:
            continue
        if values["state"] == RUNNING and not is_held(file.with_name(LOCK)):
            values |= {"state": STOPPED, "ended": values.get("updated")}
        found.append({**values, "folder": file.parent.as_posix()})
    return sorted(found, key=lambda values: (str(values.get("started")), values["folder"]))


def read_status(file: Path) -> dict[str, Any] | None:
    """What a status says; None where there is none, or it is damaged: it must not stop a training."""
    with suppress(ReenactError):
        values = read_json(file)
        if isinstance(values, dict) and {"state", "network"} <= values.keys():
            return values
    return None
