"""What the benchmarks' commands share: numbers that make sense, and errors for people."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from functools import wraps

from reenact.errors import ReenactError


def positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    """The `type` of an option that takes a number above 0: a word of the command line -> the number; argparse says what is wrong."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text} is no number above 0")
        return value

    return number


def errors_as_text(main: Callable[[], None]) -> Callable[[], None]:
    """Make a benchmark's `main` end with a text and exit code 1 on an error that the user can mend."""

    @wraps(main)
    def run() -> None:
        try:
            main()
        except ReenactError as error:
            sys.exit(f"Error: {error}")

    return run
