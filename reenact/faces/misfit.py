"""Whether landmarks fit a face: the detector also answers to heads that are upside down or on their side, and to what is no face."""

from __future__ import annotations

import math

import numpy as np

from reenact.faces.detector import Detection, detect
from reenact.faces.finder import SUFFICIENT_SIDE
from reenact.faces.landmarks import Box, followed_box, predict
from reenact.faces.resample import resample

# What is no upright face scores less: 1.2 at most in 1,381 detections of real people's heads turned by a quarter or a half.
CERTAIN_SCORE = 1.5
# Below this score the landmarks must stay where they are when the box moves in which they are sought.
WEAK_SCORE = 0.4
# Of 42 such weak ones among 6,016 detections of real people none sways so far; of 254 of what is no upright face three in five do.
LARGEST_SWAY = 0.1  # in parts of the landmarks' spread
SHIFTS = ((0.08, 0.0), (-0.08, 0.0), (0.0, 0.08), (0.0, -0.08))  # of the box, in parts of its side


def fits_a_face(luma: np.ndarray, detection: Detection, landmarks: np.ndarray) -> bool:
    """Whether a detection in a luma picture (height, width) uint8 is an upright face that its landmarks (68, 2) fit; in its pixels."""
    if detection.score >= CERTAIN_SCORE:
        return True
    if detection.score < turned_score(luma, detection.box):
        return False
    return detection.score >= WEAK_SCORE or sway(luma, landmarks) < LARGEST_SWAY


def turned_score(luma: np.ndarray, box: Box) -> float:
    """The best score of what is in and about the box when it is turned by 90, 180 or 270 degrees; minus infinity where nothing is found."""
    x0, y0, x1, _ = box
    side = x1 - x0
    part = resample(luma, x0 - side / 2, y0 - side / 2, 2 * side, round(2 * SUFFICIENT_SIDE), cubic=False)
    return max((found.score for quarters in (1, 2, 3) for found in detect(np.rot90(part, quarters))), default=-math.inf)


def sway(luma: np.ndarray, landmarks: np.ndarray) -> float:
    """How far the median landmark goes, in parts of the landmarks' spread, when they are sought in a box that is moved a little.

    A face draws the landmarks to its own features from wherever they begin; what is no face leaves them where they began.
    """
    spread = np.sqrt(((landmarks - landmarks.mean(axis=0)) ** 2).sum(axis=1).mean())
    if spread == 0:
        return math.inf
    box = np.array(followed_box(landmarks))
    side = box[2] - box[0]
    moved = np.array([predict(luma, tuple(box + side * np.tile(shift, 2))) for shift in SHIFTS])
    return float(np.median(np.linalg.norm(moved - landmarks, axis=-1)) / spread)
