"""A training that is asked to stop: SIGTERM and SIGINT let its iteration end, so that it can write a checkpoint."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
ANSWER = b"\nStopping: the checkpoint is written when the iteration ends. A second signal ends it at once.\n"


@dataclass
class Request:
    """Whether somebody asked the training to stop."""

    made: bool = False


@contextmanager
def listening() -> Iterator[Request]:
    """Within the block a first SIGTERM or SIGINT makes the request, and a second one ends the process at once.

    A signal that is ignored, as in the background of a shell, stays ignored. Outside the main thread Python takes no signals.
    """
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN}

    def note(number: int, frame: FrameType | None) -> None:
        request.made = True
        for each in before:
            signal.signal(each, signal.SIG_DFL)
        with suppress(OSError):
            os.write(2, ANSWER)  # a print may have been interrupted half-way

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
