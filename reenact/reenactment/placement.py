"""Where generated landmarks go in the picture; the paper does not say."""

from __future__ import annotations

from typing import Literal

from reenact.faces.normalise import Boxes

Placement = Literal["absolute", "relative"]


def place(target: Boxes, driver: Boxes, reference: Boxes, placement: Placement) -> Boxes:
    """The boxes for landmarks with the target's identity and the driver's pose and expression.

    `driver` holds F boxes, `target` and `reference` (the driver's reference frame) one each.
    absolute: the driver's box as it is. In crops that is where the target's own would be, as one rule puts the box of every face at the
    same place (`faces.crop`). relative: the target's box grows and moves as the driver's has since the reference, each in units of its
    own box. With r = target's / reference's half side: half side = r · driver's, centre = target's + r · (driver's - reference's). It is
    for pictures that do not follow the face, and right where target and reference hold the same pose.
    """
    if placement == "absolute":
        return driver
    ratio = target.half_side / reference.half_side
    return Boxes(centre=target.centre + (driver.centre - reference.centre) * ratio, half_side=driver.half_side * ratio)
