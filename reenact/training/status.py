"""How a training stands, in a small file beside its checkpoints, for whoever looks: `.state/training/NETWORK/KEY/status.json`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reenact.errors import Diverged, ReenactError
from reenact.files import write_json
from reenact.locks import exclusive
from reenact.training import distributed
from reenact.training.standing import DIVERGED, FILE, FINISHED, LOCK, RUNNING, STOPPED, read_status


class Status:
    """The status of one training, written anew whenever something is noted."""

    def __init__(self, folder: Path, network: str, run_id: str | None) -> None:
        self._file = folder / FILE
        before = read_status(self._file) or {}
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
    Raises ReenactError if this training diverged before: it would again.
    """
    with exclusive(folder / LOCK, f"training {network}") if distributed.is_first() else nullcontext():
        before = read_status(folder / FILE) or {}
        if before.get("state") == DIVERGED:
            raise ReenactError(str(before.get("error")))
        status = Status(folder, network, run_id)
        status.note(state=RUNNING)
        try:
            yield status
        except Diverged as error:
            status.end(DIVERGED, error)
            raise
        except BaseException as error:
            with suppress(ReenactError):  # the disk may be full
                status.end(STOPPED, error if isinstance(error, ReenactError) else None)
            raise
        status.end(FINISHED)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
