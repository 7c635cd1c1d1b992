"""The error messages of the libraries that decode video, which report some damage in no other way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import av.logging

TOO_MANY_PIXELS = "exceeds specified max pixel count"


class Complaints(logging.Handler):
    """How many errors there were, and whether one of them was a frame with too many pixels."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0
        self.too_large = False

    def emit(self, record: logging.LogRecord) -> None:
        """Count a message."""
        self.count += 1
        self.too_large |= TOO_MANY_PIXELS in record.getMessage()


@contextmanager
def complaints() -> Iterator[Complaints]:
    """The error messages within the block, which are kept out of the logs. For decoding on a single thread."""
    logger, level, heard = logging.getLogger("libav"), av.logging.get_level(), Complaints()
    skip_repeated = av.logging.get_skip_repeated()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(heard)
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # or PyAV holds back a message that ended the file before
    try:
        yield heard
    finally:
        av.logging.set_skip_repeated(skip_repeated)
        av.logging.set_level(level)
        logger.removeHandler(heard)
        logger.propagate = propagate
