"""Where the face is in a picture of a test set or of a result. The same rule serves real frames and all methods' results."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import numpy as np

from reenact.faces.detector import detect_scaled, luma_of
from reenact.faces.landmarks import Box, followed_box, predict
from reenact.faces.model_files import landmark_model_path
from reenact.files import sha256_file

# Pixels. Smaller pictures are enlarged to this for the detector, which sees no face under 80 pixels; larger ones are made smaller.
SEARCHED_SIDE = 256
# Pixels. The predictor enlarges its box to a fixed size. A tiny box, of landmarks that an unfinished network heaped up, costs too much.
LEAST_BOX_SIDE = 8.0


@cache
def alignment() -> str:
    """How faces are found, in words, for cards. It differs wherever what is found could."""
    model = landmark_model_path()
    return (
        f"dlib's frontal face detector in the picture at {SEARCHED_SIDE} pixels a side, the largest face that it is sure of, and dlib's 68 "
        "landmarks in it; where it is sure of none, the landmarks in the box of the driver's face "
        f"(dlib {version('dlib-bin')}; {model.name}, SHA-256 {sha256_file(model)})"
    )


def find_faces(images: np.ndarray, near: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The landmarks of the face in each picture, (F, 68, 2) float32 pixels, and whether the detector found it, (F,) bool.

    images: (F, S, S, 3) uint8 RGB. near: (F, 68, 2) or (1, 68, 2), landmarks of a face where this one should be: they say where to look
    in pictures in which the detector is sure of none. None: the whole picture.
    """
    places = [None] * len(images) if near is None else np.broadcast_to(near, (len(images), *near.shape[1:]))
    boxes = [_detected(image) for image in images]
    landmarks = [predict(image, box or _fallback(image, place)) for image, box, place in zip(images, boxes, places, strict=True)]
    return np.stack(landmarks), np.array([box is not None for box in boxes])


def _detected(image: np.ndarray) -> Box | None:
    """The box of the largest face that the detector is sure of."""
    luma = luma_of(image)
    sure = [found.box for found in detect_scaled(luma, SEARCHED_SIDE / max(luma.shape)) if found.is_sure]
    return max(sure, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _fallback(image: np.ndarray, landmarks: np.ndarray | None) -> Box:
    if landmarks is None:
        return -0.5, -0.5, image.shape[1] - 0.5, image.shape[0] - 0.5
    x0, y0, x1, y1 = followed_box(landmarks)
    more = max(LEAST_BOX_SIDE - (x1 - x0), 0.0) / 2
    return x0 - more, y0 - more, x1 + more, y1 + more
