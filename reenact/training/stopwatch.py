"""Where the time of a training goes: seconds an iteration for waiting for data, and for computing."""

from __future__ import annotations

import time

KINDS = ("data", "compute")


class Stopwatch:
    """Sums up the seconds of each kind since the last reading."""

    def __init__(self) -> None:
        self._restart()

    def _restart(self) -> None:
        self._spent, self._iterations = dict.fromkeys(KINDS, 0.0), 0
        self._since = time.monotonic()

    def lap(self, kind: str) -> None:
        """The time since the last lap was spent on `kind`; each lap for "data" begins an iteration."""
        now = time.monotonic()
        self._spent[kind] += now - self._since
        self._since = now
        self._iterations += kind == "data"

    def pause(self) -> None:
        """Forget the time since the last lap: somebody was told how things stand, or a checkpoint was written."""
        self._since = time.monotonic()

    def read(self) -> dict[str, float]:
        """Mean seconds an iteration as time/data and time/compute; starts anew."""
        means = {f"time/{kind}": seconds / max(1, self._iterations) for kind, seconds in self._spent.items()}
        self._restart()
        return means
