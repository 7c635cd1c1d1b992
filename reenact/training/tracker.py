"""What a training reports while it runs, to whoever watches."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Tracker(Protocol):
    """Receives a training's figures and pictures, for example to show them in MLflow."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Values by name, as they stand after `step` iterations."""

    def image(self, name: str, image: np.ndarray, step: int) -> None:
        """A picture (H, W, 3), uint8 RGB."""


class NullTracker:
    """A tracker that nobody watches."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Drops the values."""

    def image(self, name: str, image: np.ndarray, step: int) -> None:
        """Drops the picture."""
