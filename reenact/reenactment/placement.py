"""Where generated landmarks go in the picture; the paper does not say."""

from __future__ import annotations

from typing import Literal

import numpy as np

from reenact.faces.normalise import Boxes
from reenact.reenactment.neck import neck

Placement = Literal["relative", "neck", "absolute"]
# In the neck's places, which are guesses. Between 0.5, better for heads unlike those that they were learnt from, and 0.8, for others.
TRUST = 0.7


def place(target: Boxes, driver: Boxes, reference: Boxes, placement: Placement) -> Boxes:
    """The boxes for landmarks with the target's identity and the driver's pose and expression.

    `driver` holds F boxes, `target` and `reference` (the driver's reference frame) one each.
    relative and neck: the target's box grows and moves as the driver's has since the reference, each in units of its own box. With
    r = target's / reference's half side: half side = r · driver's, centre = target's + r · (driver's - reference's). That is right in crops
    that follow the face, and where target and reference hold the same pose. Before a camera that stands still a box moves as the head
    turns; for neck, `target` is to be the box as it would be in the reference's pose (`in_other_pose`).
    absolute: the driver's box as it is.
    """
    if placement == "absolute":
        return driver
    ratio = target.half_side / reference.half_side
    return Boxes(centre=target.centre + (driver.centre - reference.centre) * ratio, half_side=driver.half_side * ratio)


def in_other_pose(box: Boxes, own: np.ndarray, other: np.ndarray) -> Boxes:
    """A face's box if its head had turned about its neck, which stays where it is, by `TRUST` of the way.

    own, other: the face's normalised landmarks (136,) in its own pose and in the other.
    """
    return Boxes(box.centre + TRUST * box.half_side * (neck(own) - neck(other)), box.half_side)
