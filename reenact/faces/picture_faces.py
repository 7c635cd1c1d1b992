"""The faces of a single picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reenact.faces.detector import Detection, detect_scaled, luma_of
from reenact.faces.landmarks import predict
from reenact.faces.misfit import fits_a_face
from reenact.faces.observation import MISFIT, NO_FACE

LARGEST_SIDE = 1280  # pixels: larger pictures are searched at this size, as the detector's time grows with their area


@dataclass(frozen=True)
class StillFace:
    """A face: its detection, and its landmarks (68, 2) float32, x then y, both in the picture's pixels."""

    detection: Detection
    landmarks: np.ndarray

    @property
    def area(self) -> float:
        """The area of the detector's box, in square pixels."""
        x0, y0, x1, y1 = self.detection.box
        return (x1 - x0) * (y1 - y0)


def search(picture: np.ndarray) -> list[Detection]:
    """What the detector finds in a picture (height, width, 3) uint8 RGB, unsure faces too, in its pixels, from left to right.

    Where no face is sure, the picture is searched once more for faces half as large (down to about 40 pixels).
    """
    shrink = min(1.0, LARGEST_SIDE / max(picture.shape[:2]))
    found = detect_scaled(picture, shrink)
    if not any(each.is_sure for each in found):
        found = detect_scaled(picture, 2 * shrink)
    return sorted(found, key=lambda each: each.box)


def faces_of(picture: np.ndarray, detections: Sequence[Detection]) -> list[StillFace]:
    """Of what `search` was sure of in a picture (height, width, 3) uint8 RGB, the faces that landmarks fit, in its order."""
    luma = luma_of(picture)
    found = [StillFace(each, predict(luma, each.box)) for each in detections if each.is_sure]
    return [face for face in found if fits_a_face(luma, face.detection, face.landmarks)]


def why_none(detections: Sequence[Detection]) -> str:
    """The reason (`faces.observation`) why a picture in which `search` found these has no face."""
    return MISFIT if any(each.is_sure for each in detections) else NO_FACE


def faces_in(picture: np.ndarray) -> list[StillFace]:
    """All faces that are surely one in a picture (height, width, 3) uint8 RGB, from left to right."""
    return faces_of(picture, search(picture))
