"""Where the face is in a picture of a test set or of a result. The same rule serves real frames and all methods' results."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import numpy as np

from reenact.faces.detector import Detection, detect_scaled, luma_of
from reenact.faces.landmarks import predict
from reenact.faces.model_files import landmark_model_path
from reenact.files import sha256_file

# Pixels. Smaller pictures are enlarged to this for the detector, which sees no face under 80 pixels; larger ones are made smaller.
SEARCHED_SIDE = 256


@cache
def alignment() -> str:
    """How faces are found, in words, for cards. It differs wherever what is found could."""
    model = landmark_model_path()
    return (
        f"dlib's frontal face detector in the picture at {SEARCHED_SIDE} pixels a side, the largest face that it is sure of, and dlib's 68 "
        "landmarks in it; where it is sure of none, which is counted as no face found, the likeliest place that it gives; where it gives "
        f"none, a result has the landmarks of the target, which has not moved (dlib {version('dlib-bin')}; {model.name}, SHA-256 "
        f"{sha256_file(model)})"
    )


def find_faces(images: np.ndarray, stand_in: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The landmarks of the face in each picture, (F, 68, 2) float32 pixels, and whether the detector is sure of it, (F,) bool.

    images: (F, S, S, 3) uint8 RGB. stand_in: (F, 68, 2) or (1, 68, 2), the landmarks of a picture in which the detector sees no face at
    all. They must not come from what a result is compared with: an empty picture would be a good one. None: dlib's in the whole picture.
    """
    stand_ins = [None] * len(images) if stand_in is None else np.broadcast_to(stand_in, (len(images), *stand_in.shape[1:]))
    found = [_face(image) for image in images]
    landmarks = [_landmarks(image, face, other) for image, face, other in zip(images, found, stand_ins, strict=True)]
    return np.stack(landmarks), np.array([face is not None and face.is_sure for face in found])


def _face(image: np.ndarray) -> Detection | None:
    """The largest face that the detector is sure of; where there is none, the likeliest of the others."""
    luma = luma_of(image)
    found = detect_scaled(luma, SEARCHED_SIDE / max(luma.shape))
    sure = [face for face in found if face.is_sure]
    return max(sure, key=lambda face: (face.box[2] - face.box[0]) * (face.box[3] - face.box[1])) if sure else next(iter(found), None)


def _landmarks(image: np.ndarray, face: Detection | None, stand_in: np.ndarray | None) -> np.ndarray:
    if face is not None:
        return predict(image, face.box)
    if stand_in is not None:
        return stand_in.astype(np.float32)
    return predict(image, (-0.5, -0.5, image.shape[1] - 0.5, image.shape[0] - 0.5))
