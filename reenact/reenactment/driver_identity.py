"""What is known of a driver's identity code: it is one in all frames, so each further frame tells more of it."""

from __future__ import annotations

import numpy as np

KEPT = 1 - 1 / 100  # of a code's weight, from a frame to the next: where a cut shows somebody else, the former code is soon forgotten


class DriverIdentity:
    """The weighted mean of a driver's identity codes so far.

    It keeps what it was given, so that frames which come a few at a time get the same means as frames that come at once.
    """

    def __init__(self) -> None:
        self._sum: np.ndarray | float = 0.0
        self._weight = 0.0

    def after_each(self, codes: np.ndarray) -> np.ndarray:
        """The means after each of the next frames, (F, 128) float32: of all codes so far, those of n frames ago with weight 0.99ⁿ.

        codes (F, 128) float32: E_I of the frames, in order.
        """
        means = np.empty_like(codes)
        for frame, code in enumerate(codes):
            self._sum = KEPT * self._sum + code
            self._weight = KEPT * self._weight + 1
            means[frame] = self._sum / self._weight
        return means
