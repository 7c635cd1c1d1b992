"""A reader that notes each of its calls in a file, whatever process it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reenact.metrics.base import Clip


@dataclass(frozen=True)
class CountingReader:
    """Reads "NAME.mean", (F,) the pictures' mean plus `offset`, "NAME.eye", (F, 2) a landmark, and, where it compares, "NAME.off", (F,).

    The last is how far the mean is off that of the driving frames; it is left out where these are not the truth. log: the file, with a
    line for each call. version: what it says of itself.
    """

    log: Path
    name: str = "made"
    compares: bool = False
    version: str = "1"
    offset: float = 0.0

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """See `metrics.base.Reader`."""
        with self.log.open("a") as file:
            file.write(f"{self.name} {clip.images.mean():.3f}\n")
        means = clip.images.mean(axis=(1, 2, 3))
        if not self.compares:
            return {f"{self.name}.mean": means + self.offset, f"{self.name}.eye": clip.landmarks[:, 36]}
        if clip.driving is None or not clip.is_truth:
            return {}
        return {f"{self.name}.off": means - clip.driving.images.mean(axis=(1, 2, 3))}

    def about(self) -> dict[str, str]:
        """See `metrics.base.Reader`."""
        return {"backend": "made", "version": self.version, "weights": "none", "input": "the picture"}

    def calls(self) -> list[str]:
        """The lines of all calls so far, and forget them."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines
