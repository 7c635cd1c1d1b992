"""The lock of a run: one run at a time in a project's folder."""

from __future__ import annotations

import fcntl
import logging
import time
from pathlib import Path
from typing import IO

from reenact.errors import ReenactError
from reenact.locks import is_held

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 2.0
RUNNING = Path(".snakemake/running")


def only_run(root: Path) -> IO[str]:
    """Make sure that no other run is active in `root`. Keep the returned file open while the workflow runs: it is the lock.

    Snakemake's own locks are files. They outlive a killed process, and every further run would be refused. The kernel releases the lock
    taken here when its process ends. Whoever gets it knows that no other run is active, and removes the stale files.
    Raises ReenactError if another run is active.
    """
    folder = root / RUNNING.parent
    folder.mkdir(exist_ok=True)
    guard = (root / RUNNING).open("w")
    if not _taken(guard):
        guard.close()
        raise ReenactError("Another run is active in this folder; let it end first. Nothing was changed.")
    for stale in (folder / "locks").glob("*.lock"):
        log.warning("Removing the lock %s of a run that was killed.", stale)
        stale.unlink()
    return guard


def is_running(root: Path) -> bool:
    """Whether a run is active in `root`; changes nothing."""
    return is_held(root / RUNNING)


def _taken(guard: IO[str]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        else:
            return True
