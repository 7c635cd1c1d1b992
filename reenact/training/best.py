"""Which checkpoint of a phase was the best on held-out subjects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor


class Best:
    """The losses that `Phase.validate` gave at the best checkpoint and at the last; their sum decides, lower is better."""

    def __init__(self) -> None:
        self.best: dict[str, Any] = {}
        self.last: dict[str, Any] = {}

    @property
    def iteration(self) -> int | None:
        """The iterations of the best checkpoint; None where nothing is held out."""
        return self.best.get("iteration")

    def add(self, iterations: int, losses: Mapping[str, Tensor]) -> dict[str, float]:
        """Note the losses of the checkpoint after `iterations`; returns them as numbers. Of equals the earlier is the best."""
        values = {name: float(loss) for name, loss in losses.items()}
        if values:
            self.last = {"iteration": iterations, "losses": values}
            if _deciding(self.last) < _deciding(self.best):
                self.best = self.last
        return values

    def described(self) -> dict[str, Any]:
        """For model.json: nothing where nothing is held out."""
        return {"validation": {"best": self.best, "last": self.last}} if self.best else {}

    def state_dict(self) -> dict:
        """For a checkpoint."""
        return {"best": self.best, "last": self.last}

    def load_state_dict(self, state: Mapping) -> None:
        """Restore what `state_dict` returned."""
        self.best, self.last = dict(state["best"]), dict(state["last"])


def _deciding(noted: Mapping[str, Any]) -> float:
    total = sum(noted["losses"].values()) if noted else math.inf
    return math.inf if math.isnan(total) else total
