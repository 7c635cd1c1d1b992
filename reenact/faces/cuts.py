"""Cuts within a clip, and whether the face after one is the one before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reenact.faces.crop import CropBox
from reenact.faces.embedding import FaceEmbedder
from reenact.faces.landmarks import followed_box
from reenact.faces.resample import resample
from reenact.video.picture import Picture

# Every so many pixels across and down are compared.
STEP = 8
# Likeness of luma of two frames in a row. Within 63 clips of real people 99.9 % of 5,785 lie above the first, the rest being fast moves
# and jerks of the camera; of 1,946 cuts between them 0.05 % lie above the first, and 91 % below the second.
MAY_BE_CUT = 0.75
IS_CUT = 0.4
# Euclidean distance of dlib's embeddings: of frames within clips of real people 99 % lie below 0.49 and the worst near 0.6, of different
# people 99 % over 0.61. A face found after a cut must lie nearer than the first, one that was followed nearer than the second, dlib's own.
SAME_FACE_DISTANCE = 0.55
SAME_PERSON_DISTANCE = 0.6
# Correlation of two faces' luma at this size: below it the embedding is asked, which takes as long as ten frames. Of followed faces of
# real people 2.5 % of the checks ask for one; of different people 71 % lie below.
APPEARANCE_PIXELS = 32
ALIKE = 0.55
MOST_APPEARANCES = 8
# What is embedded: this many box sides about the face, at this many pixels.
CHIP_SIDES = 2.2
CHIP_PIXELS = 300


def likeness(before: np.ndarray, after: np.ndarray) -> float:
    """How alike two frames' luma (height, width) uint8 are, -1 to 1: a correlation in which a blank picture counts as a different one."""
    first, second = (image[::STEP, ::STEP].astype(np.float32) for image in (before, after))
    first, second = first - first.mean(), second - second.mean()
    both = float((first**2).sum() + (second**2).sum())
    return 2 * float((first * second).sum()) / both if both else 1.0


@dataclass(frozen=True)
class Sighting:
    """A face in a picture: its landmarks (68, 2), pixels, and how sure the detector was of it."""

    picture: Picture
    landmarks: np.ndarray
    score: float


class Likeness:
    """What one face looks like: its first sighting, its surest and its latest, embedded only when a cut needs it."""

    def __init__(self) -> None:
        self._known: dict[str, Sighting] = {}
        self._embeddings: dict[str, np.ndarray] = {}
        # Of sightings that are surely of this face.
        self._appearances: list[np.ndarray] = []
        self._confirmed: list[np.ndarray] = []

    def remember(self, sighting: Sighting, luma: np.ndarray) -> None:
        """Note a sighting of the face, with its picture's luma."""
        if not self._known:
            self._know("first", sighting)
            self._appearances = [_appearance(luma, sighting.landmarks)]
        if "surest" not in self._known or sighting.score > self._known["surest"].score:
            self._know("surest", sighting)
        self._know("latest", sighting)

    def _know(self, which: str, sighting: Sighting) -> None:
        self._known[which] = sighting
        self._embeddings.pop(which, None)

    def fits(self, sighting: Sighting) -> bool:
        """Whether a sighting is of this face; of any face where none is known yet."""
        if not self._known:
            return True
        new = _embedding(sighting)
        if self._distance(new, "first") > SAME_PERSON_DISTANCE:
            return False
        return any(self._distance(new, which) < SAME_FACE_DISTANCE for which in self._known)

    def _distance(self, embedding: np.ndarray, which: str) -> float:
        if which not in self._embeddings:
            self._embeddings[which] = _embedding(self._known[which])
        return float(np.linalg.norm(embedding - self._embeddings[which]))

    def still_fits(self, sighting: Sighting, luma: np.ndarray) -> bool:
        """Whether a face that was followed here is still this one: it is embedded only where it looks different.

        It is compared with the first sighting, and with those that were found so before: the latest may be half of a dissolve.
        """
        appearance = _appearance(luma, sighting.landmarks)
        if any(float((appearance * known).sum()) > ALIKE for known in self._appearances):
            return True
        new = _embedding(sighting)
        nearest = min([self._distance(new, "first"), *(float(np.linalg.norm(new - known)) for known in self._confirmed)])
        if nearest > SAME_PERSON_DISTANCE:
            return False
        self._confirmed = [*self._confirmed, new][-MOST_APPEARANCES:]
        self._appearances = [*self._appearances, appearance][-MOST_APPEARANCES:]
        return True


def _appearance(luma: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A face's luma made small, without its mean and of length 1."""
    x0, y0, x1, _ = followed_box(landmarks)
    small = resample(luma, x0, y0, max(x1 - x0, 1.0), APPEARANCE_PIXELS, cubic=False).astype(np.float32)
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)


def _embedding(sighting: Sighting) -> np.ndarray:
    x0, y0, x1, y1 = followed_box(sighting.landmarks)
    box = CropBox.around((x0 + x1) / 2, (y0 + y1) / 2, CHIP_SIDES * (x1 - x0))
    chip = box.cut_from(sighting.picture, CHIP_PIXELS)
    return FaceEmbedder().embed([chip], box.to_crop(sighting.landmarks, CHIP_PIXELS)[None])[0]
