"""LD-Net and a generator together: from a target and a driver's landmarks to pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reenact.generators.base import Generator
from reenact.ldnet.model import LDNet
from reenact.reenactment.driver_identity import DriverIdentity
from reenact.reenactment.transfer import DEFAULT_SETTINGS, Transfer, TransferSettings


@dataclass(frozen=True)
class EncodedTarget:
    """What the networks make of a target alone, for any number of drivers.

    landmarks: (68, 2) float32, pixels of the generator's picture. transfer: LD-Net with the identity code. encoded: by the generator.
    """

    landmarks: np.ndarray
    transfer: Transfer
    encoded: Any


@dataclass(frozen=True)
class Reenactor:
    """The trained networks, on one device, in evaluation mode, and what is done with LD-Net's landmarks."""

    ldnet: LDNet
    generator: Generator
    settings: TransferSettings = DEFAULT_SETTINGS

    @property
    def size(self) -> int:
        """The side of the generator's pictures, pixels."""
        return self.generator.size

    def encode(self, image: np.ndarray, landmarks: np.ndarray) -> EncodedTarget:
        """Encode a target: its picture (S, S, 3) uint8 RGB and its landmarks (68, 2) float32."""
        return EncodedTarget(landmarks, Transfer.for_target(self.ldnet, landmarks, self.settings), self.generator.encode(image, landmarks))

    def transferred(
        self, target: EncodedTarget, driver: np.ndarray, reference: np.ndarray, driver_identity: DriverIdentity | None = None
    ) -> np.ndarray:
        """The target's landmarks (F, 68, 2) float32, pixels, doing what the driver's (F, 68, 2) do (`Transfer.landmarks`)."""
        return target.transfer.landmarks(driver, reference, driver_identity)

    def generate(self, target: EncodedTarget, landmarks: np.ndarray, batch_size: int) -> np.ndarray:
        """Pictures (F, S, S, 3) uint8 RGB of the target with landmarks (F, 68, 2), `batch_size` at once."""
        starts = range(0, len(landmarks), batch_size)
        return np.concatenate([self.generator.generate(target.encoded, landmarks[start : start + batch_size]) for start in starts])
