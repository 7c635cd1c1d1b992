"""Where generated landmarks go in the picture; the paper does not say."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from reenact.faces.normalise import Boxes, normalise
from reenact.reenactment.neck import face_boxes, neck_boxes

Placement = Literal["neck", "relative", "absolute"]


class Placed(NamedTuple):
    """Normalised landmarks (..., 136) and their boxes in the picture."""

    points: np.ndarray
    boxes: Boxes

    @classmethod
    def of(cls, landmarks: np.ndarray) -> Placed:
        """Landmarks (..., 68, 2) in pixels. ReenactError as `normalise`."""
        return cls(*normalise(landmarks))

    @property
    def neck(self) -> Boxes:
        """The neck's boxes."""
        return neck_boxes(self.points, self.boxes)


def place(points: np.ndarray, target: Placed, driver: Placed, reference: Placed, placement: Placement) -> Boxes:
    """The boxes (F) for normalised landmarks `points` (F, 136), which have the target's identity and the driver's pose and expression.

    `driver` holds F faces, `target` and `reference` (a frame of the driver) one each.
    neck: the target's neck moves and its head grows as the driver's have since the reference (`_moved`). Target and reference may hold
    any pose. relative: the same with the faces' bounding boxes. It is exact where target and reference hold the same pose and expression,
    and wrong elsewhere. absolute: the driver's boxes as they are.
    """
    if placement == "absolute":
        return driver.boxes
    if placement == "relative":
        return _moved(target.boxes, driver.boxes, reference.boxes)
    return face_boxes(points, _moved(target.neck, driver.neck, reference.neck))


def _moved(target: Boxes, driver: Boxes, reference: Boxes) -> Boxes:
    """The target's box, grown and moved as the driver's has since the reference, each in units of its own box.

    With r = target's / reference's half side: half side = r · driver's, centre = target's + r · (driver's - reference's).
    """
    ratio = target.half_side / reference.half_side
    return Boxes(centre=target.centre + (driver.centre - reference.centre) * ratio, half_side=driver.half_side * ratio)
