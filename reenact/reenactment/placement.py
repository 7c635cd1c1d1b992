"""Where generated landmarks go in the picture; the paper does not say."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from reenact.faces.normalise import Boxes, normalise
from reenact.reenactment.neck import neck

Placement = Literal["neck", "relative", "absolute"]
TRUST = 0.8  # in the neck's places, which are guesses


class Placed(NamedTuple):
    """Normalised landmarks (..., 136) and their boxes in the picture."""

    points: np.ndarray
    boxes: Boxes

    @classmethod
    def of(cls, landmarks: np.ndarray) -> Placed:
        """Landmarks (..., 68, 2) in pixels. ReenactError as `normalise`."""
        return cls(*normalise(landmarks))


def place(points: np.ndarray, target: Placed, driver: Placed, reference: Placed, placement: Placement) -> Boxes:
    """The boxes (F) for normalised landmarks `points` (F, 136), which have the target's identity and the driver's pose and expression.

    `driver` holds F faces, `target` and `reference` (a frame of the driver) one each.
    relative: the target's box grows and moves as the driver's has since the reference, each in units of its own box. With
    r = target's / reference's half side: half side = r · driver's, centre = target's + r · (driver's - reference's). That is right where
    target and reference hold the same pose and expression, and wrong elsewhere.
    neck: the target's neck moves so instead, which goes for any pose: the same half side, and `TRUST` of the way to the neck's centre.
    absolute: the driver's boxes as they are.
    """
    if placement == "absolute":
        return driver.boxes
    ratio = target.boxes.half_side / reference.boxes.half_side
    half_side = driver.boxes.half_side * ratio
    centre = target.boxes.centre + (driver.boxes.centre - reference.boxes.centre) * ratio
    if placement == "neck":
        between_poses = target.boxes.half_side * (neck(target.points) - neck(reference.points))
        between_people = half_side[..., None] * (neck(driver.points) - neck(points))
        centre = centre + TRUST * (between_poses + between_people)
    return Boxes(centre, half_side)
