"""How a face is cut out for a face-recognition network, by its 68 landmarks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from reenact.faces.layout68 import EYES
from reenact.faces.resample import resample

# Where ArcFace has the eyes, the tip of the nose and the corners of the mouth in pictures of 112 pixels: x, y, the viewer's left first.
ARCFACE_POINTS = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
ARCFACE_SIDE = 112
NOSE_TIP, MOUTH_CORNERS = 30, (48, 54)

BOX_FACTOR = 1.3  # by which VGGFace2's boxes of faces were enlarged


class Crop(NamedTuple):
    """cut: from an image (height, width, 3) uint8, landmarks (68, 2) in its pixels and a size to (size, size, 3) uint8.

    words: what cards say of it.
    """

    cut: Callable[[np.ndarray, np.ndarray, int], np.ndarray]
    words: str


def arcface(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    """The face turned, scaled and moved so that its five points come as near as they can to ArcFace's, black outside the image.

    ArcFace's points are multiplied by size / 112. Bilinear and without smoothing, as ArcFace's own.
    """
    points = np.array([*(landmarks[eye].mean(axis=0) for eye in EYES), landmarks[NOSE_TIP], *landmarks[[*MOUTH_CORNERS]]], np.float64)
    # As complex numbers a similarity is one factor and one shift, whose best values are inner products and means.
    before, after = (x @ np.array([1, 1j]) for x in (points, ARCFACE_POINTS * size / ARCFACE_SIDE))
    centred = before - before.mean()
    factor = np.vdot(centred, after) / np.vdot(centred, centred)
    shift = after.mean() - factor * before.mean()
    matrix = np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0))


def box(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    """The square about the landmarks' box, of 1.3 times its longer side, border pixels repeated outside the image.

    Bilinear, smoothed where it gets smaller. VGGFace2 enlarged a detector's box, which holds the forehead: landmarks end at the brows.
    """
    low, high = landmarks.min(axis=0).astype(np.float64), landmarks.max(axis=0).astype(np.float64)
    side = BOX_FACTOR * (high - low).max()
    x, y = (low + high) / 2 - side / 2
    return resample(image, float(x), float(y), float(side), size, cubic=False)


CROPS = {
    "arcface": Crop(arcface, "eyes, nose tip and mouth corners, of 68 landmarks, onto ArcFace's five points by a similarity, bilinear"),
    "box": Crop(box, f"the square of {BOX_FACTOR} times the longer side of the 68 landmarks' box, bilinear, smoothed before it shrinks"),
}
