"""Losses by iteration: averaged between two points, checked for NaN, infinity and a rise, written as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from reenact.errors import Diverged
from reenact.files import atomic_path

NEVER = -1
# Means over 100 iterations rose by at most 1.25 for three points in 20 trainings that went well, four of LD-Net among them.
LARGEST_FALL_BACK = 4.0
LARGEST_RISE = 2.0  # means over 100 iterations rose by at most 1.6 in trainings that went well, and by 3.8 in one that diverged
RISEN_POINTS = 3


class Curves:
    """The loss curves of a training, over all its phases.

    Losses are summed on their own device and read at the points only, so that no iteration waits for the device.
    A point is (iteration, {loss: mean over the iterations since the point before}).
    """

    def __init__(self) -> None:
        self.points: list[tuple[int, dict[str, float]]] = []
        self._restart()

    def _restart(self) -> None:
        self._names: list[str] = []
        self._sums: Tensor | None = None
        self._bad: Tensor | None = None
        self._count = 0

    def add(self, iteration: int, losses: Mapping[str, Tensor]) -> None:
        """Add the losses of `iteration`, scalar tensors by name; the names stay the same between two points."""
        names = list(losses)
        values = torch.stack([loss.detach() for loss in losses.values()]).double()
        if self._sums is None or self._bad is None:
            self._names, self._sums, self._bad = names, torch.zeros_like(values), torch.full_like(values, NEVER)
        if names != self._names:
            raise ValueError(f"the losses {names} differ from those of the iterations before, {self._names}")
        self._sums += values
        self._bad = torch.where(torch.isfinite(values) | (self._bad != NEVER), self._bad, float(iteration))
        self._count += 1

    def check(self, what: str, advice: str) -> None:
        """Raise Diverged if a loss since the last point was NaN or infinite; it names loss and iteration, and gives `advice`."""
        if self._bad is None:
            return
        bad = {name: int(first) for name, first in zip(self._names, self._bad.tolist(), strict=True) if first != NEVER}
        if bad:
            name = min(bad, key=bad.__getitem__)
            kind = "gradient norm" if name.startswith("gradient_norm/") else "loss"
            raise Diverged(f"{what}: the {kind} {name!r} became NaN or infinite in iteration {bad[name]}; {advice}")

    def point(self, iterations: int) -> dict[str, float]:
        """End the interval after this many `iterations`: store and return the mean of each loss over it."""
        if self._sums is None:
            return {}
        means = {name: value / self._count for name, value in zip(self._names, self._sums.tolist(), strict=True)}
        self.points.append((iterations, means))
        self._restart()
        return means

    def check_rise(self, name: str, what: str, advice: str) -> None:
        """Raise Diverged if the network diverged; it gives `advice`.

        That is where the last three points of the loss `name` have all risen: to over twice its lowest point and over its first, or to over
        four times its lowest.
        """
        course = self._course(name)
        (lowest, then), (last, now) = min(course), course[-1]
        if min(course[-RISEN_POINTS:])[0] > _bound(course):
            text = (
                f"{what}: the network diverged: the loss {name!r} rose from {lowest:.3g} at iteration {then} "
                f"to {last:.3g} at {now}, and did not come back; {advice}"
            )
            raise Diverged(text, self.sound(name))

    def sound(self, name: str) -> int:
        """The iterations of the last point at which the loss `name` had not risen (`check_rise`); 0 if there is none."""
        course = self._course(name)
        bound = _bound(course) if course else math.inf
        return max((iterations for value, iterations in course if value <= bound), default=0)

    def _course(self, name: str) -> list[tuple[float, int]]:
        return [(means[name], iterations) for iterations, means in self.points if name in means]

    def write(self, path: Path) -> None:
        """Write all points as CSV, one row per point, one column per loss; a cell is empty if the loss has no value there."""
        names = list(dict.fromkeys(name for _, means in self.points for name in means))
        with atomic_path(path) as part, part.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["iteration", *names])
            table.writerows([done, *(_cell(means.get(name, math.nan)) for name in names)] for done, means in self.points)

    def state_dict(self) -> dict:
        """Everything, the unfinished interval too, so that a training that goes on writes the same curves."""
        return {"points": self.points, "names": self._names, "sums": self._sums, "bad": self._bad, "count": self._count}

    def load_state_dict(self, state: Mapping) -> None:
        """Restore what `state_dict` returned."""
        self.points = [(done, dict(means)) for done, means in state["points"]]
        self._names, self._sums, self._bad, self._count = list(state["names"]), state["sums"], state["bad"], state["count"]


def _bound(course: list[tuple[float, int]]) -> float:
    lowest = min(course)[0]
    return min(max(LARGEST_RISE * lowest, course[0][0]), LARGEST_FALL_BACK * lowest)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
