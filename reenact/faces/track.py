"""One face followed through a clip: detected now and then, followed by its own landmarks in between."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from reenact.faces.detector import Detection, detect, overlap
from reenact.faces.landmarks import followed_box, predict
from reenact.faces.reasons import NO_FACE, TRACK_LOST

# Two boxes of the same face in frames near each other overlap by more than this.
SAME_FACE_OVERLAP = 0.1
# After so many frames that show other faces only, a face is not taken for the followed one again.
LOST_FOR_GOOD_FRAMES = 25

# What one frame to the next may change, in parts of the landmarks' spread. Seen in real clips at 25 frames/s: 0.13, 0.06 and 0.08.
LARGEST_MOVE = 0.4
LARGEST_GROWTH = 0.2
LARGEST_DEFORMATION = 0.25


@dataclass(frozen=True)
class Observation:
    """What was seen of the followed face in a frame.

    frame: index on the 25 frames/s time line. image: (height, width, 3) uint8 RGB. landmarks: (68, 2) float32 pixels, or None
    where the face was not found, with the `reason`. score: the detector's, NaN where it did not run or found nothing.
    several: the detector saw more than one face.
    """

    frame: int
    image: np.ndarray
    landmarks: np.ndarray | None
    score: float = math.nan
    several: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class _Frame:
    index: int
    image: np.ndarray


class FaceTracker:
    """Follows one face: the largest and most central of the first frame that has one, then whatever overlaps it."""

    def __init__(self, detect_every: int, upsampling: int = 0) -> None:
        self._detect_every = detect_every
        self._upsampling = upsampling
        self._landmarks: np.ndarray | None = None  # of the latest frame in which the face was found
        self._absent = True  # the face was not found in the latest frame
        self._frames_elsewhere = 0  # frames since then in which there were only other faces

    def follow(self, frames: Iterable[tuple[int, np.ndarray]]) -> Iterator[Observation]:
        """An observation for each (index, image) in turn; at most `detect_every` images are held at once.

        The detector runs on the first, each `detect_every`-th and the last frame. Where what it finds does not fit to
        what was followed there, or the landmarks move, grow or deform beyond measure, it runs on every frame since.
        """
        stretch: list[_Frame] = []
        wanted = 1
        for index, image in frames:
            stretch.append(_Frame(index, image))
            if len(stretch) == wanted:
                yield from self._settle(stretch)
                stretch, wanted = [], self._detect_every
        if stretch:
            yield from self._settle(stretch)

    def _settle(self, stretch: list[_Frame]) -> list[Observation]:
        """Observations of a stretch of frames that ends where the detector is due."""
        found = self._detect(stretch[-1])
        if self._absent and not any(d.is_sure for d in found):
            return [self._not_found(frame, []) for frame in stretch]
        followed = self._follow_to_detection(stretch, found)
        if followed is not None:
            return followed
        between = [self._observe(frame, self._detect(frame)) for frame in stretch[:-1]]
        return [*between, self._observe(stretch[-1], found)]

    def _follow_to_detection(self, stretch: list[_Frame], found: list[Detection]) -> list[Observation] | None:
        """The stretch followed by landmarks up to the face detected at its end, or None where the two do not meet."""
        if self._absent or self._landmarks is None:
            return None
        observations = []
        landmarks = self._landmarks
        for frame in stretch[:-1]:
            previous, landmarks = landmarks, predict(frame.image, followed_box(landmarks))
            if not is_plausible(previous, landmarks):
                return None
            observations.append(Observation(frame.index, frame.image, landmarks))
        detection = _overlapping(found, landmarks)
        if detection is None:
            return None
        last = self._detected(stretch[-1], detection, found)
        if not is_plausible(landmarks, last.landmarks):
            return None
        self._remember(last.landmarks)
        return [*observations, last]

    def _observe(self, frame: _Frame, found: list[Detection]) -> Observation:
        """What detection alone says of a frame."""
        if self._landmarks is None:
            sure = [d for d in found if d.is_sure]
            detection = max(sure, key=lambda d: _prominence(d, frame.image), default=None)
        elif self._frames_elsewhere < LOST_FOR_GOOD_FRAMES:
            detection = _overlapping(found, self._landmarks)
        else:
            detection = None
        if detection is None:
            return self._not_found(frame, found)
        observation = self._detected(frame, detection, found)
        self._remember(observation.landmarks)
        return observation

    def _detect(self, frame: _Frame) -> list[Detection]:
        return detect(frame.image, self._upsampling)

    def _detected(self, frame: _Frame, detection: Detection, found: list[Detection]) -> Observation:
        landmarks = predict(frame.image, detection.box)
        return Observation(frame.index, frame.image, landmarks, detection.score, several=_several(found))

    def _remember(self, landmarks: np.ndarray | None) -> None:
        self._landmarks = landmarks
        self._absent = False
        self._frames_elsewhere = 0

    def _not_found(self, frame: _Frame, found: list[Detection]) -> Observation:
        self._absent = True
        elsewhere = any(d.is_sure for d in found)
        self._frames_elsewhere += elsewhere
        lost = elsewhere or self._frames_elsewhere >= LOST_FOR_GOOD_FRAMES
        return Observation(frame.index, frame.image, None, several=_several(found), reason=TRACK_LOST if lost else NO_FACE)


def is_plausible(before: np.ndarray, after: np.ndarray) -> bool:
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


def _overlapping(found: list[Detection], landmarks: np.ndarray) -> Detection | None:
    """The detection that overlaps the face with these landmarks most, if one does."""
    box = followed_box(landmarks)
    near = [d for d in found if overlap(d.box, box) > SAME_FACE_OVERLAP]
    return max(near, key=lambda d: overlap(d.box, box), default=None)


def _prominence(detection: Detection, image: np.ndarray) -> float:
    """Larger for larger and for more central faces: a face in a corner counts half."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = detection.box
    off_centre = math.hypot((x0 + x1 + 1) / width - 1, (y0 + y1 + 1) / height - 1) / math.sqrt(2)
    return (x1 - x0) / (1 + off_centre)


def _several(found: list[Detection]) -> bool:
    return sum(d.is_sure for d in found) > 1
