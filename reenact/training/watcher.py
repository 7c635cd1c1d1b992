"""What a running training reports to a watcher. Nothing that a watcher does affects the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from torch import Tensor

Samples = Mapping[str, Tensor]
"""What a network makes of a few fixed samples, by name: images (B, 3, S, S) in [-1, 1]; of LD-Net, landmarks as `draw_swaps` takes them."""


class Watcher(Protocol):
    """Follows a training, for example to show it in MLflow."""

    def metrics(self, values: dict[str, float], iteration: int) -> None:
        """Values by name, as they stand after `iteration` iterations."""

    def samples(self, name: str, make: Callable[[], Samples], iteration: int) -> None:
        """A checkpoint of the training `name` was written: `make` computes its samples, for whoever draws them."""

    def note(self) -> Mapping[str, str]:
        """What each checkpoint keeps for the watcher; `run_id`, if it has one, is the run that follows the training."""
        ...

    def exported(self, folder: Path) -> None:
        """The training came to its end, and `folder` has the network. Checkpoints are there until this returns."""


class NullWatcher:
    """A watcher that ignores everything."""

    def metrics(self, values: dict[str, float], iteration: int) -> None:
        """Drops the values."""

    def samples(self, name: str, make: Callable[[], Samples], iteration: int) -> None:
        """Computes nothing."""

    def note(self) -> Mapping[str, str]:
        """Nothing."""
        return {}

    def exported(self, folder: Path) -> None:
        """Reads nothing."""
