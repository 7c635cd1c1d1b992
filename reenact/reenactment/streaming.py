"""A target under a driver whose frames come a few at a time, some of them without a face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reenact.reenactment.driver_identity import DriverIdentity
from reenact.reenactment.reenactor import EncodedTarget, Reenactor
from reenact.reenactment.transfer import LandmarkSource


class StreamingReenactment:
    """One target under one driver, in order.

    source: "ldnet" gives the driver's pose and expression to the target's face shape, "driver" takes the driver's landmarks as they
    are. Where the driver shows no face, the target keeps the last landmarks; before the driver's first face, its own. That
    first face is the reference frame of the placement "relative".
    """

    def __init__(self, reenactor: Reenactor, target: EncodedTarget, source: LandmarkSource) -> None:
        self._reenactor, self._target, self._source = reenactor, target, source
        self._reference: np.ndarray | None = None
        self._driver_identity = DriverIdentity()
        self._last = target.landmarks

    def next(self, driver: Sequence[np.ndarray | None]) -> np.ndarray:
        """The target, doing what the driver does in each of the next driving frames: (F, S, S, 3) uint8 RGB.

        driver: landmarks (68, 2) float32 in pixels of a crop of the generator's side, or None if there is no face.
        """
        return self._reenactor.generate(self._target, self.wanted(driver), len(driver))

    def wanted(self, driver: Sequence[np.ndarray | None]) -> np.ndarray:
        """The landmarks (F, 68, 2) that the next pictures are generated from."""
        found = [landmarks for landmarks in driver if landmarks is not None]
        given = iter(self._given(np.stack(found)) if found else ())
        wanted = []
        for landmarks in driver:
            if landmarks is not None:
                self._last = next(given)
            wanted.append(self._last)
        return np.stack(wanted)

    def _given(self, found: np.ndarray) -> np.ndarray:
        if self._source == "driver":
            return found
        if self._reference is None:
            self._reference = found[0]
        return self._reenactor.transferred(self._target, found, self._reference, self._driver_identity)
