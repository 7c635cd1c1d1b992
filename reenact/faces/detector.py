"""dlib's frontal face detector."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import dlib
import numpy as np

# A face that scores below this passes only as the followed face (hysteresis), never as a new one.
NEW_FACE_SCORE = 0.0
FOLLOWED_FACE_SCORE = -0.5


@dataclass(frozen=True)
class Detection:
    """A face found: its box (x0, y0, x1, y1) in pixels (outer edges, pixel centres at whole numbers) and the detector's score."""

    box: tuple[float, float, float, float]
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether the score is high enough to take this for a face without knowing of one there."""
        return self.score >= NEW_FACE_SCORE


def detect(image: np.ndarray, upsampling: int = 0) -> list[Detection]:
    """All faces of about 80 pixels or more in an image, best score first; those that reach far out of it are not found.

    image: luma (height, width) uint8, or RGB (height, width, 3), of which luma is taken. Each step of `upsampling` doubles the image
    first, which finds faces half as large and takes four times as long. The list includes unsure faces (see `Detection.is_sure`).
    """
    boxes, scores, _ = _detector().run(np.ascontiguousarray(luma_of(image)), upsampling, FOLLOWED_FACE_SCORE)
    found = [
        Detection((b.left() - 0.5, b.top() - 0.5, b.right() + 0.5, b.bottom() + 0.5), score) for b, score in zip(boxes, scores, strict=True)
    ]
    return sorted(found, key=lambda d: (-d.score, d.box))


def detect_scaled(image: np.ndarray, scale: float) -> list[Detection]:
    """As `detect`, in the image made smaller (or larger) by `scale` first; boxes are in the image's own pixels."""
    width, height = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    if (height, width) == image.shape[:2]:
        return detect(image)
    scaled = cv2.resize(luma_of(image), (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    back = np.tile([image.shape[1] / width, image.shape[0] / height], 2)
    return [Detection(tuple(((np.array(each.box) + 0.5) * back - 0.5).tolist()), each.score) for each in detect(scaled)]


def luma_of(image: np.ndarray) -> np.ndarray:
    """BT.601's luma (height, width) uint8 of an RGB image; an image that is luma already is given back."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@functools.cache
def _detector() -> dlib.fhog_object_detector:
    return dlib.get_frontal_face_detector()
