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
from reenact.reenactment.placement import Placement, in_other_pose, place

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

    points (1, 136): the target's normalised landmarks l_T, whose box in the picture is `box`. identity (1, 128): E_I(l_T).
    rebuilt (1, 136): G(E_P(l_T), E_I(l_T)).
    """

    ldnet: LDNet
    settings: TransferSettings
    points: Tensor
    box: Boxes
    identity: Tensor
    rebuilt: Tensor

    @classmethod
    @torch.inference_mode()
    def for_target(cls, ldnet: LDNet, target_landmarks: np.ndarray, settings: TransferSettings) -> Transfer:
        """The transfer to the target with these landmarks (68, 2), pixels. ReenactError if they are not finite or have no extent."""
        target, box = normalise(target_landmarks)
        points = torch.from_numpy(target[None]).to(next(ldnet.parameters()).device)
        identity = ldnet.encode_identity(points)
        return cls(ldnet, settings, points, box, identity, ldnet.generate(ldnet.encode_pose(points), identity))

    @torch.inference_mode()
    def landmarks(self, driver_landmarks: np.ndarray, driver_reference: np.ndarray) -> np.ndarray:
        """l'_T for each driving frame, placed in the picture: (F, 68, 2) float32 pixels.

        `driver_landmarks` (F, 68, 2) give the poses and expressions; `driver_reference` (68, 2) is the driver's frame that the movement
        is measured from (`placement.place`; not used if the placement is absolute). All in pixels. With the residual r,

            l'_T = G(E_P(l_S), E_I(l_T)) + r (l_T - G(E_P(l_T), E_I(l_T))) + r (l_S - G(E_P(l_S), E_I(l_S))),

        the paper's where r is 0. Raises ReenactError for landmarks that are not finite or have no extent.
        """
        if np.ndim(driver_landmarks) != 3:
            raise ReenactError(f"driver landmarks have the shape {np.shape(driver_landmarks)}; they need to be (frames, 68, 2)")
        faces, boxes = normalise(np.concatenate([driver_landmarks, np.asarray(driver_reference)[None]]))
        drivers, reference = (Boxes(boxes.centre[part], boxes.half_side[part]) for part in (slice(-1), -1))
        generated, turned = self._generated(torch.from_numpy(faces).to(self.identity.device))
        target = self.box
        if self.settings.placement == "neck":
            target = in_other_pose(self.box, self.rebuilt[0].cpu().numpy(), turned.cpu().numpy())
        return denormalise(generated.cpu().numpy(), place(target, drivers, reference, self.settings.placement))

    def _generated(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Of normalised l_S (F, 136) and the reference after them, l'_T (F, 136), and the target in the reference's pose (136,).

        All in one pass of each network.
        """
        drivers, pose = faces[:-1], self.ldnet.encode_pose(faces)
        poses, identities = [pose], [self.identity.expand(len(faces), -1)]
        if self.settings.residual:
            poses.append(pose[:-1])
            identities.append(self.ldnet.encode_identity(drivers))
        made = self.ldnet.generate(torch.cat(poses), torch.cat(identities))
        swapped, turned, drivers_rebuilt = made[: len(drivers)], made[len(drivers)], made[len(faces) :]
        if self.settings.residual:
            swapped = swapped + self.settings.residual * (self.points - self.rebuilt + drivers - drivers_rebuilt)
        return swapped, turned
