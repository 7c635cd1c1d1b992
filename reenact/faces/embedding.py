"""Identity embeddings of faces: dlib's ResNet, computed by PyTorch, on face chips aligned by landmarks that are given."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import dlib
import numpy as np

from reenact.faces.layout68 import POINTS
from reenact.faces.model_files import embedding_model_path

if TYPE_CHECKING:
    from reenact.faces.dlib_resnet import FaceResNet

BACKEND = "dlib-resnet-v1"
EMBEDDING_LENGTH = 128
CHIP_SIZE = 150
CHIP_PADDING = 0.25  # as the network was trained
BATCH_SIZE = 16

# dlib's points are whole pixels; with a face this large, rounding them moves the chip by less than a chip pixel.
SMALLEST_FACE = 256


class FaceEmbedder:
    """128 numbers per face. Two photographs of one person lie within about 0.6 (Euclidean) of each other, others do not."""

    def embed(self, images: Sequence[np.ndarray], landmarks: np.ndarray) -> np.ndarray:
        """Embed one face per image.

        images: N arrays (height, width, 3) uint8 RGB, of any sizes. landmarks: (N, 68, 2), x then y, in pixels of each image.
        Returns (N, 128) float32, of length about 1.3, not normalised. Faces are aligned by `landmarks`, never detected anew.
        """
        landmarks = np.asarray(landmarks)
        if landmarks.shape != (len(images), POINTS, 2):
            raise ValueError(f"landmarks must be of shape {(len(images), POINTS, 2)}, not {landmarks.shape}")
        embeddings = np.empty((len(images), EMBEDDING_LENGTH), np.float32)
        for start in range(0, len(images), BATCH_SIZE):
            stop = min(start + BATCH_SIZE, len(images))
            chips = np.stack([face_chip(images[i], landmarks[i]) for i in range(start, stop)])
            embeddings[start:stop] = _network().embed(chips)
        return embeddings


def face_chip(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The face turned upright and scaled to (150, 150, 3) uint8 by its landmarks (68, 2), as the network was trained on."""
    span = float(np.ptp(landmarks, axis=0).max())
    scale = max(1.0, SMALLEST_FACE / max(span, 1.0))
    if scale > 1.0:
        height, width = image.shape[:2]
        enlarged = (round(width * scale), round(height * scale))
        image = cv2.resize(image, enlarged, interpolation=cv2.INTER_LINEAR)
        landmarks = (landmarks + 0.5) * np.array([enlarged[0] / width, enlarged[1] / height]) - 0.5
    points = [dlib.point(round(float(x)), round(float(y))) for x, y in landmarks]
    (left, top), (right, bottom) = landmarks.min(axis=0), landmarks.max(axis=0)
    box = dlib.rectangle(round(float(left)), round(float(top)), round(float(right)), round(float(bottom)))
    shape = dlib.full_object_detection(box, points)
    return dlib.get_face_chip(np.ascontiguousarray(image), shape, size=CHIP_SIZE, padding=CHIP_PADDING)


@functools.cache
def _network() -> FaceResNet:
    # It loads PyTorch, which takes a second: most clips are followed without any embedding.
    from reenact.faces.dlib_layers import read_face_weights
    from reenact.faces.dlib_resnet import FaceResNet

    return FaceResNet(read_face_weights(embedding_model_path()))
