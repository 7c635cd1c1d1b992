"""One person's landmarks with another's pose and expression, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from reenact.config.schema import EvaluateParams
from reenact.errors import ReenactError
from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.ldnet.model import LDNet
from reenact.reenactment.driver_identity import DriverIdentity
from reenact.reenactment.placement import Placement, place

LandmarkSource = Literal["driver", "ldnet"]
"""Where the wanted landmarks come from: the driver's as they are (in SelfTest the truth), or LD-Net's with the target's identity."""
DRIVER: LandmarkSource = "driver"
LDNET: LandmarkSource = "ldnet"
SOURCES = (DRIVER, LDNET)


@dataclass(frozen=True)
class TransferSettings:
    """What is done with LD-Net's landmarks.

    placement: where they go in the picture (`placement.place`). residual, 0 to 1: share of what LD-Net cannot rebuild of the target's
    and of the driver's landmarks that is added to them.
    """

    placement: Placement
    residual: float

    @classmethod
    def of(cls, params: EvaluateParams) -> TransferSettings:
        """As the parameters have them."""
        return cls(params.placement, params.residual)


DEFAULT_SETTINGS = TransferSettings.of(EvaluateParams())


@dataclass(frozen=True)
class Transfer:
    """LD-Net for one target, of whom all is computed once and serves for any number of frames.

    box: of the target's landmarks l_T in its picture. identity (1, 128): E_I(l_T). unbuilt (1, 136): l_T - G(E_P(l_T), E_I(l_T)), what
    LD-Net cannot rebuild of the target.
    """

    ldnet: LDNet
    settings: TransferSettings
    box: Boxes
    identity: Tensor
    unbuilt: Tensor

    @classmethod
    @torch.inference_mode()
    def for_target(cls, ldnet: LDNet, target_landmarks: np.ndarray, settings: TransferSettings) -> Transfer:
        """The transfer to the target with these landmarks (68, 2), pixels. ReenactError if they are not finite or have no extent."""
        target, box = normalise(target_landmarks)
        points = torch.from_numpy(target[None]).to(next(ldnet.parameters()).device)
        identity = ldnet.encode_identity(points)
        return cls(ldnet, settings, box, identity, points - ldnet.generate(ldnet.encode_pose(points), identity))

    @torch.inference_mode()
    def landmarks(
        self, driver_landmarks: np.ndarray, driver_reference: np.ndarray, driver_identity: DriverIdentity | None = None
    ) -> np.ndarray:
        """l'_T for each driving frame, placed in the picture: (F, 68, 2) float32 pixels.

        `driver_landmarks` (F, 68, 2) give the poses and expressions; `driver_reference` (68, 2) is the driver's frame that the movement
        is measured from where the placement is relative (`placement.place`). All in pixels. `driver_identity`: what the driver's frames
        before these have told; None where these are its first. With the residual r, and the driver's identity code i_S by all its frames
        so far (`DriverIdentity`),

            l'_T = G(E_P(l_S), E_I(l_T)) + r (l_T - G(E_P(l_T), E_I(l_T))) + r (l_S - G(E_P(l_S), i_S)),

        the paper's where r is 0. Raises ReenactError for landmarks that are not finite or have no extent.
        """
        if np.ndim(driver_landmarks) != 3:
            raise ReenactError(f"driver landmarks have the shape {np.shape(driver_landmarks)}; they need to be (frames, 68, 2)")
        faces, boxes = normalise(driver_landmarks)
        _, reference = normalise(driver_reference)
        driver = torch.from_numpy(faces).to(self.identity.device)
        generated = self._generated(driver, driver_identity or DriverIdentity()).cpu().numpy()
        return denormalise(generated, place(self.box, boxes, reference, self.settings.placement))

    def _generated(self, driver: Tensor, known: DriverIdentity) -> Tensor:
        """Normalised landmarks l'_T (F, 136) of the driver's l_S (F, 136)."""
        pose, identity = self.ldnet.encode_pose(driver), self.identity.expand(len(driver), -1)
        if not self.settings.residual:
            return self.ldnet.generate(pose, identity)
        own = known.after_each(self.ldnet.encode_identity(driver).cpu().numpy())
        both = torch.cat([identity, torch.from_numpy(own).to(identity)])
        swapped, rebuilt = self.ldnet.generate(pose.repeat(2, 1), both).chunk(2)
        return swapped + self.settings.residual * (self.unbuilt + driver - rebuilt)
