"""One person's landmarks doing another's pose and expression, in pixels."""

from __future__ import annotations

import numpy as np
import torch

from reenact.errors import ReenactError
from reenact.ldnet.landmarks import Placement, denormalise, normalise, place
from reenact.ldnet.model import LDNet


@torch.inference_mode()
def transfer(
    ldnet: LDNet, target_landmarks: np.ndarray, driver_landmarks: np.ndarray, driver_reference: np.ndarray, placement: Placement
) -> np.ndarray:
    """l'_T = G(E_P(l_S), E_I(l_T)) for each driving frame, placed in the frame: (F, 68, 2) float32 pixels.

    `target_landmarks` (68, 2) give the identity, `driver_landmarks` (F, 68, 2) the poses and expressions; `driver_reference` (68, 2) is the
    driver's frame that the movement is measured from (`landmarks.place`; not used where `placement` is absolute). All in pixels.
    Raises ReenactError for landmarks that are not finite or have no extent.
    """
    if np.ndim(driver_landmarks) != 3:
        raise ReenactError(f"driver landmarks have the shape {np.shape(driver_landmarks)}; they need to be (frames, 68, 2)")
    target, target_box = normalise(target_landmarks)
    drivers, driver_boxes = normalise(driver_landmarks)
    _, reference_box = normalise(driver_reference)
    device = next(ldnet.parameters()).device
    identity = ldnet.encode_identity(torch.from_numpy(target[None]).to(device))
    pose = ldnet.encode_pose(torch.from_numpy(drivers).to(device))
    generated = ldnet.generate(pose, identity.expand(len(pose), -1)).cpu().numpy()
    return denormalise(generated, place(target_box, driver_boxes, reference_box, placement))
