"""How a training stands, in a small file beside its checkpoints, for whoever looks: `.state/training/NETWORK/KEY/status.json`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reenact.errors import CameApart, ReenactError
from reenact.files import read_json, write_json
from reenact.locks import exclusive, is_held
from reenact.training import distributed

FILE = "status.json"
LOCK = "lock"
RUNNING, STOPPED, CAME_APART, FINISHED = "running", "stopped", "came apart", "finished"


class Status:
    """The status of one training, written anew whenever something is noted."""

    def __init__(self, folder: Path, network: str, run_id: str | None) -> None:
        self._file = folder / FILE
        before = _read(self._file) or {}
        started = before.get("started", _now()) if before.get("state") != FINISHED else _now()
        self._values: dict[str, Any] = {**before, "network": network, "run_id": run_id, "started": started, "ended": None, "error": None}

    def note(self, **values: Any) -> None:
        """Change these values, and write all."""
        self._values |= {**values, "updated": _now()}
        if distributed.is_first():
            write_json(self._file, self._values)

    def end(self, state: str, error: Exception | None = None) -> None:
        """The training ended in `state`."""
        self.note(state=state, ended=_now(), error=str(error) if error else None)


@contextmanager
def followed(folder: Path, network: str, run_id: str | None) -> Iterator[Status]:
    """The status of the training whose state is in `folder`: running within the block, then how the block ended.

    One training runs at a time; another one waits. The first of its processes holds the lock and writes.
    Raises ReenactError if this training came apart before: it would again.
    """
    with exclusive(folder / LOCK, f"training {network}") if distributed.is_first() else nullcontext():
        before = _read(folder / FILE) or {}
        if before.get("state") == CAME_APART:
            raise ReenactError(str(before.get("error")))
        status = Status(folder, network, run_id)
        status.note(state=RUNNING)
        try:
            yield status
        except CameApart as error:
            status.end(CAME_APART, error)
            raise
        except BaseException as error:
            with suppress(ReenactError):  # the disk may be full
                status.end(STOPPED, error if isinstance(error, ReenactError) else None)
            raise
        status.end(FINISHED)


def standing(training: Path) -> list[dict[str, Any]]:
    """Every status below `training`, the project's .state/training; oldest first. What was killed is stopped: it holds no lock."""
    found = []
    for file in training.glob(f"*/*/{FILE}"):
        values = _read(file)
        if values is None:
            continue
        if values["state"] == RUNNING and not is_held(file.with_name(LOCK)):
            values |= {"state": STOPPED, "ended": values.get("updated")}
        found.append({**values, "folder": file.parent.as_posix()})
    return sorted(found, key=lambda values: (str(values.get("started")), values["folder"]))


def _read(file: Path) -> dict[str, Any] | None:
    """What a status says; None where there is none, or it is damaged: it must not stop a training."""
    with suppress(ReenactError):
        values = read_json(file)
        if isinstance(values, dict) and {"state", "network"} <= values.keys():
            return values
    return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
