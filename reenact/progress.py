"""Progress bars with rate and remaining time; in a log file a line now and then instead of a moving bar."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO

from tqdm import tqdm

LOG_SECONDS = 15.0


class _Lines:
    """A text stream in which each redrawn bar becomes a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        bar = text.strip("\r\n")
        return self._stream.write(f"{bar}\n") if bar else 0

    def flush(self) -> None:
        self._stream.flush()


def progress(
    iterable: Iterable | None = None, *, total: int | None = None, initial: int = 0, what: str, unit: str = "it", shown: bool = True
) -> tqdm:
    """A bar over `iterable` (or one to `update` by hand) on the standard error stream.

    `what` names the work, `unit` what is counted, `initial` where a resumed job starts. Nothing appears unless `shown`.
    """
    moving = sys.stderr.isatty()
    target = sys.stderr if moving else _Lines(sys.stderr)
    return tqdm(
        iterable,
        total=total,
        initial=initial,
        desc=what,
        unit=f" {unit}",
        dynamic_ncols=moving,
        mininterval=0.2 if moving else LOG_SECONDS,
        maxinterval=LOG_SECONDS,
        ascii=not moving,
        file=target,
        disable=not shown,
    )
