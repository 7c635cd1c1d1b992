"""Errors that are meant for the person at the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class ReenactError(Exception):
    """Something a user can put right; its text says what was wrong, in which file or key, and what to do."""

    def __reduce__(self) -> tuple[Callable, tuple[Any, ...], dict[str, Any]]:
        # It comes back from other processes, and errors below this one are not made from their text.
        return type(self).__new__, (type(self), *self.args), self.__dict__


class Stopped(ReenactError):
    """Work that a signal asked to stop. It was put away whole, and the same command goes on; the process ends with code 75."""


class Diverged(ReenactError):
    """A loss or a gradient is NaN or infinite, or the network diverged.

    good: the iterations, through all phases, after which the network was still whole; None where every checkpoint is.
    """

    def __init__(self, text: str, good: int | None = None) -> None:
        super().__init__(text)
        self.good = good
