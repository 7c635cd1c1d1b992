"""One person's landmarks with another's pose and expression, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from reenact.errors import ReenactError
from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.ldnet.model import LDNet
from reenact.reenactment.placement import Placement, place

LandmarkSource = Literal["driver", "ldnet"]
"""Where the wanted landmarks come from: the driver's as they are (in SelfTest the truth), or LD-Net's with the target's identity."""
DRIVER: LandmarkSource = "driver"
LDNET: LandmarkSource = "ldnet"
SOURCES = (DRIVER, LDNET)


@dataclass(frozen=True)
class Transfer:
    """LD-Net for one target, whose identity code (1, 128) is computed once and serves for any number of frames."""

    ldnet: LDNet
    identity: Tensor
    target_box: Boxes

    @classmethod
    @torch.inference_mode()
    def for_target(cls, ldnet: LDNet, target_landmarks: np.ndarray) -> Transfer:
        """The transfer to the target with these landmarks (68, 2), pixels. ReenactError if they are not finite or have no extent."""
        target, box = normalise(target_landmarks)
        device = next(ldnet.parameters()).device
        return cls(ldnet, ldnet.encode_identity(torch.from_numpy(target[None]).to(device)), box)

    @torch.inference_mode()
    def landmarks(self, driver_landmarks: np.ndarray, driver_reference: np.ndarray, placement: Placement) -> np.ndarray:
        """l'_T = G(E_P(l_S), E_I(l_T)) for each driving frame, placed in the frame: (F, 68, 2) float32 pixels.

        `driver_landmarks` (F, 68, 2) give the poses and expressions; `driver_reference` (68, 2) is the driver's frame that the movement
        is measured from (`placement.place`; not used if `placement` is absolute). All in pixels.
        Raises ReenactError for landmarks that are not finite or have no extent.
        """
        if np.ndim(driver_landmarks) != 3:
            raise ReenactError(f"driver landmarks have the shape {np.shape(driver_landmarks)}; they need to be (frames, 68, 2)")
        drivers, driver_boxes = normalise(driver_landmarks)
        _, reference_box = normalise(driver_reference)
        pose = self.ldnet.encode_pose(torch.from_numpy(drivers).to(self.identity.device))
        generated = self.ldnet.generate(pose, self.identity.expand(len(pose), -1)).cpu().numpy()
        return denormalise(generated, place(self.target_box, driver_boxes, reference_box, placement))
