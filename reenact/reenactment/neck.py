"""The neck's box: where the point that a head turns about lies in the picture, and how large the head is there, from landmarks alone.

A face's bounding box moves as the head turns, the mouth opens and the jaw comes into view. The neck's box does not.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

from reenact.faces.normalise import Boxes

COEFFICIENTS = Path(__file__).with_name("neck.json")  # `neck_fit` writes it


def neck_boxes(points: np.ndarray, boxes: Boxes) -> Boxes:
    """The neck's box of faces: centred on the neck, with a half side of one decimetre there. Pixels.

    points (..., 136), normalised landmarks, and their `boxes` in the picture (`faces.normalise`).
    """
    centre, half_side = _seen_from_the_face(points)
    return Boxes(boxes.centre + centre * boxes.half_side[..., None], half_side * boxes.half_side)


def face_boxes(points: np.ndarray, necks: Boxes) -> Boxes:
    """The inverse: the faces' boxes, of which the neck's boxes are `necks`."""
    centre, half_side = _seen_from_the_face(points)
    face_half_side = necks.half_side / half_side
    return Boxes(necks.centre - centre * face_half_side[..., None], face_half_side)


def _seen_from_the_face(points: np.ndarray) -> Boxes:
    """The neck's box where the face's box is [-1, 1]."""
    coefficients = _coefficients()
    guess = points.astype(np.float64) @ coefficients[:-1] + coefficients[-1]
    return Boxes(guess[..., :2], np.exp(guess[..., 2]))


@cache
def _coefficients() -> np.ndarray:
    """(137, 3): x, y, logarithm of the half side, by coordinate, and the constant."""
    return np.array(json.loads(COEFFICIENTS.read_text(encoding="utf-8")))
