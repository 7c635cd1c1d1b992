"""How often the libraries that decode video complained; they report some damage in no other way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import av.logging


@contextmanager
def counted_errors() -> Iterator[Callable[[], int]]:
    """Within the block, a function that tells how many errors there were since its beginning. For decoding on a single thread."""
    logger, level = logging.getLogger("libav"), av.logging.get_level()
    silence = logging.NullHandler()
    logger.addHandler(silence)
    propagate, logger.propagate = logger.propagate, False  # they are counted, and would fill the logs
    av.logging.set_level(av.logging.ERROR)
    before, _ = av.logging.get_last_error()
    try:
        yield lambda: av.logging.get_last_error()[0] - before
    finally:
        av.logging.set_level(level)
        logger.propagate = propagate
        logger.removeHandler(silence)
