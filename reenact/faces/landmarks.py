"""dlib's 68 landmarks of a face in a box, and the box in which to look for the next frame's face."""

from __future__ import annotations

import functools
import math

import cv2
import dlib
import numpy as np

from reenact.faces.detector import luma_of
from reenact.faces.model_files import landmark_model_path

Box = tuple[float, float, float, float]

# dlib rounds landmarks to whole pixels; smaller faces are enlarged to this first, so that rounding costs under 0.2 % of the face.
FINE_BOX_SIDE = 256.0
# Room around the box, in parts of its side, that the predictor looks at or puts landmarks in.
MARGIN = 0.5

# Contour, brows, nose and eyes: their spread does not change when the mouth opens.
STEADY_POINTS = slice(0, 48)
# The detector's box over these points' root-mean-square distance from their mean, and how far below the mean its centre lies, in
# parts of its side: means over 392 detections in 45 clips of real people (deviations 0.16 and 0.04).
BOX_SIDE_OVER_SPREAD = 2.585
BOX_CENTRE_BELOW_MEAN = 0.036

# What one frame to the next may change, in parts of the landmarks' spread. Seen in real clips at 25 frames/s: 0.13, 0.06 and 0.08.
LARGEST_MOVE = 0.4
LARGEST_GROWTH = 0.2
LARGEST_DEFORMATION = 0.25


def predict(image: np.ndarray, box: Box) -> np.ndarray:
    """The 68 landmarks (68, 2) float32, x then y, in pixels, of the face in `box` (x0, y0, x1, y1) of an image.

    image: luma (height, width) uint8, or RGB (height, width, 3), of which luma is taken: it takes less than half the time.
    """
    side = max(box[2] - box[0], box[3] - box[1])
    patch, left, top = _surroundings(image, box, MARGIN * side)
    patch = luma_of(patch)
    height, width = patch.shape
    scale = max(FINE_BOX_SIDE / side, 1.0)
    enlarged = cv2.resize(patch, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_LINEAR) if scale > 1 else patch
    # Pixel centres are at whole numbers, so sizes scale about -0.5.
    step = np.array([width / enlarged.shape[1], height / enlarged.shape[0]])
    origin = np.array([left, top])
    corners = (np.array(box).reshape(2, 2) - origin + 0.5) / step - 0.5
    points = _predict_whole_pixels(np.ascontiguousarray(enlarged), *corners.ravel().tolist())
    return ((points + 0.5) * step - 0.5 + origin).astype(np.float32)


def followed_box(landmarks: np.ndarray) -> Box:
    """The box in which the detector would find the face that has these landmarks (68, 2), on average."""
    steady = landmarks[STEADY_POINTS].astype(np.float64)
    mean = steady.mean(axis=0)
    spread = np.sqrt(((steady - mean) ** 2).sum(axis=1).mean())
    half = BOX_SIDE_OVER_SPREAD * spread / 2
    x, y = mean[0], mean[1] + BOX_CENTRE_BELOW_MEAN * 2 * half
    return float(x - half), float(y - half), float(x + half), float(y + half)


def is_plausible_move(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether one face can have gone from landmarks `before` to `after`, each (68, 2), from one frame to the next."""
    move = np.linalg.norm(after.mean(axis=0) - before.mean(axis=0))
    # As complex numbers a similarity is one factor, whose best value is an inner product.
    a, b = (np.subtract(points, points.mean(axis=0)) @ np.array([1, 1j]) for points in (before, after))
    spread_a, spread_b = (float(np.sqrt((np.abs(z) ** 2).mean())) for z in (a, b))
    if spread_a == 0 or spread_b == 0:
        return False
    factor = np.vdot(a, b) / np.vdot(a, a)
    deformation = np.sqrt((np.abs(b - factor * a) ** 2).mean()) / spread_b
    growth = abs(math.log(spread_b / spread_a))
    return bool(move < LARGEST_MOVE * spread_a and growth < LARGEST_GROWTH and deformation < LARGEST_DEFORMATION)


def _surroundings(image: np.ndarray, box: Box, margin: float) -> tuple[np.ndarray, int, int]:
    """The part of the image within `margin` of the box, and its left column and top row."""
    height, width = image.shape[:2]
    left = min(max(math.floor(box[0] - margin), 0), width - 1)
    top = min(max(math.floor(box[1] - margin), 0), height - 1)
    right = max(min(math.ceil(box[2] + margin) + 1, width), left + 1)
    bottom = max(min(math.ceil(box[3] + margin) + 1, height), top + 1)
    return image[top:bottom, left:right], left, top


def _predict_whole_pixels(luma: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    shape = _predictor()(luma, dlib.rectangle(round(x0 + 0.5), round(y0 + 0.5), round(x1 - 0.5), round(y1 - 0.5)))
    return np.array([(point.x, point.y) for point in shape.parts()], np.float64)


@functools.cache
def _predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(str(landmark_model_path()))
