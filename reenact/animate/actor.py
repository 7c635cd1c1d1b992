"""A target that performs: its identity and appearance are encoded once for all drivers, then batch after batch of frames is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from reenact.animate.networks import Networks
from reenact.animate.target import Target
from reenact.evaluation.predict import to_images, to_tensor
from reenact.faces.landmark_image import draw
from reenact.ldnet.landmarks import Placement
from reenact.ldnet.transfer import Transfer

LandmarkSource = Literal["ldnet", "source"]
# The target moves from where it is in its portrait, as much as the driver does from its first frame with a face.
PLACEMENT: Placement = "relative"


@dataclass(frozen=True)
class EncodedTarget:
    """A target with what the networks make of it alone, for any number of drivers: identity code and feature dictionary."""

    target: Target
    transfer: Transfer
    dictionary: list[Tensor]

    @classmethod
    @torch.inference_mode()
    def of(cls, networks: Networks, target: Target) -> EncodedTarget:
        """Encode a target, on the networks' device."""
        picture = to_tensor(target.picture[None], networks.device)
        dictionary = networks.fdgan.extract(picture, draw(target.landmarks[None], networks.size).to(networks.device))
        return cls(target, Transfer.for_target(networks.ldnet, target.landmarks), dictionary)


class Actor:
    """One target under one driver.

    landmarks: "ldnet" gives the driver's pose and expression to the target's face shape, "source" paints the driver's landmarks as they
    are. Where the driver shows no face, the target keeps the last landmarks; before the driver's first face, its own.
    """

    def __init__(self, networks: Networks, encoded: EncodedTarget, landmarks: LandmarkSource) -> None:
        self.target = encoded.target
        self._networks, self._encoded, self._landmarks = networks, encoded, landmarks
        self._reference: np.ndarray | None = None
        self._last = encoded.target.landmarks

    @torch.inference_mode()
    def perform(self, driver: Sequence[np.ndarray | None]) -> np.ndarray:
        """The target doing what each of the next driving frames does: (F, S, S, 3) uint8 RGB.

        driver: landmarks (68, 2) float32 in pixels of a crop of FD-GAN's side, or None where there is no face.
        """
        wanted = draw(self._wanted(driver), self._networks.size).to(self._networks.device)
        return to_images(self._networks.fdgan.translate(wanted, self._encoded.dictionary))

    def _wanted(self, driver: Sequence[np.ndarray | None]) -> np.ndarray:
        """What to paint from, (F, 68, 2) pixels."""
        found = [landmarks for landmarks in driver if landmarks is not None]
        given = iter(self._given(np.stack(found)) if found else ())
        wanted = []
        for landmarks in driver:
            if landmarks is not None:
                self._last = next(given)
            wanted.append(self._last)
        return np.stack(wanted)

    def _given(self, found: np.ndarray) -> np.ndarray:
        if self._landmarks == "source":
            return found
        if self._reference is None:
            self._reference = found[0]
        return self._encoded.transfer.landmarks(found, self._reference, PLACEMENT)
