"""One face followed through a clip: detected now and then, followed by its own landmarks in between, told from others at seams."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from reenact.faces.detector import Detection, overlap
from reenact.faces.finder import find_anywhere, find_near, survey
from reenact.faces.landmarks import Box, followed_box, predict
from reenact.faces.observation import Observation
from reenact.faces.plausible import is_plausible
from reenact.faces.reasons import ANOTHER_FACE, NO_FACE
from reenact.faces.seams import IS_CUT, MAY_BE_CUT, Likeness, Sighting, likeness
from reenact.video.picture import Picture

# Two boxes of the same face in frames near each other overlap by more than this.
SAME_FACE_OVERLAP = 0.1
# After more frames without the face than this, or a cut, its place alone does not tell that a face is the followed one.
SHORT_GAP_FRAMES = 12
# Every so many checks of the followed face the whole picture is searched, to tell of other people in it.
CHECKS_A_SURVEY = 5


@dataclass(frozen=True)
class _Frame:
    index: int
    picture: Picture
    luma: np.ndarray
    likeness: float  # to the frame before


@dataclass(frozen=True)
class _Place:
    """Where the followed face was in the latest frame that shows it."""

    frame: int
    landmarks: np.ndarray

    @property
    def box(self) -> Box:
        return followed_box(self.landmarks)


class FaceTracker:
    """Follows one face: the largest and most central of the first frame that has one, or the one in the given boxes.

    After a gap, a cut or a leap it goes on with a face that looks like the one before it, in a new part where that is elsewhere.
    """

    def __init__(self, detect_every: int, upsampling: int = 0, boxes: Mapping[int, Box] | None = None) -> None:
        """detect_every: frames between two runs of the detector. upsampling: times that a picture is doubled for it.

        boxes: by frame index, the box (x0, y0, x1, y1) in pixels that the followed face overlaps.
        """
        self._detect_every = detect_every
        self._upsampling = upsampling
        self._boxes = boxes
        self._likeness = Likeness()
        self._place: _Place | None = None
        self._following = False  # the face was seen in the latest frame
        self._least_likeness = 1.0  # of two frames in a row since it was seen
        self._refused: list[Box] = []  # faces of the latest frame that are not the followed one
        self._part = 0
        self._checks = 0
        self._several = False

    def follow(self, frames: Iterable[tuple[int, Picture]]) -> Iterator[Observation]:
        """An observation for each (index, picture) in turn; at most `detect_every` pictures are held at once, besides two of its likeness.

        The detector runs on the first, each `detect_every`-th and the last frame. Where it does not find the face there that was
        followed, or the landmarks move, grow or deform beyond measure, it runs on every frame since.
        """
        stretch: list[_Frame] = []
        wanted = 1
        for frame in _with_likeness(frames):
            stretch.append(frame)
            if len(stretch) == wanted:
                yield from self._settle(stretch)
                stretch, wanted = [], self._detect_every
        if stretch:
            yield from self._settle(stretch)

    def _settle(self, stretch: list[_Frame]) -> Iterator[Observation]:
        """Observations of a stretch of frames that ends where the detector is due."""
        if self._following:
            trail = self._trail(stretch)
            if trail and (detection := self._check(stretch[len(trail) - 1], trail[-1])):
                for frame, landmarks in zip(stretch, trail[:-1], strict=False):
                    yield self._seen(frame, landmarks)
                yield self._seen(stretch[len(trail) - 1], trail[-1], detection.score, self._several)
                stretch = stretch[len(trail) :]
        elif len(stretch) > 1 and (others := self._only_others(stretch)) is not None:
            yield from (self._unseen(frame, others) for frame in stretch)
            return
        for frame in stretch:
            yield self._look(frame)

    def _trail(self, stretch: list[_Frame]) -> list[np.ndarray]:
        """The face's landmarks in the stretch's frames, as far as it can be followed by them alone."""
        trail: list[np.ndarray] = []
        latest = self._place.landmarks
        picture = None
        for frame in stretch:
            if frame.picture is not picture:  # a slow video shows one several times
                landmarks = predict(frame.luma, followed_box(latest))
            if not is_plausible(latest, landmarks) or not self._is_given(frame, followed_box(landmarks)):
                break
            if frame.likeness < MAY_BE_CUT and not self._likeness.fits(Sighting(frame.picture, landmarks, -math.inf)):
                break
            trail.append(landmarks)
            latest, picture = landmarks, frame.picture
        return trail

    def _check(self, frame: _Frame, landmarks: np.ndarray) -> Detection | None:
        """The detector's word that there is the face to which the landmarks belong."""
        box = followed_box(landmarks)
        if self._checks % CHECKS_A_SURVEY == 0:
            self._several = _several(survey(frame.luma, box[2] - box[0]))
        self._checks += 1
        for search in (partial(find_near, box=box), find_anywhere):
            found = _overlapping(search(frame.luma, upsampling=self._upsampling), box)
            if found and is_plausible(landmarks, predict(frame.luma, found.box)):
                return found
        return None

    def _only_others(self, stretch: list[_Frame]) -> list[Detection] | None:
        """The sure faces at the end of a stretch none of which is the followed one; None where each frame deserves a look of its own."""
        end = stretch[-1]
        if any(frame.likeness < MAY_BE_CUT for frame in stretch) or (self._place and self._gap(end) <= SHORT_GAP_FRAMES + len(stretch)):
            return None
        sure = [each for each in self._candidates(end) if each.is_sure]
        if any(not self._is_refused(each) or self._fits(end, each) for each in sure):
            self._refused = []
            return None
        return sure

    def _look(self, frame: _Frame) -> Observation:
        """What detection says of a frame."""
        self._least_likeness = min(self._least_likeness, frame.likeness)
        if frame.likeness < MAY_BE_CUT:
            self._refused = []
        found = self._candidates(frame)
        if self._is_short_gap(frame) and (detection := _overlapping(found, self._place.box)):
            return self._detected(frame, detection, found)
        sure = [each for each in found if each.is_sure]
        for detection in sorted(sure, key=lambda each: -self._promise(each, frame.picture.shape)):
            if not self._is_refused(detection) and self._fits(frame, detection):
                # Where it was, but for a cut, it goes on.
                if self._place and (self._least_likeness < IS_CUT or overlap(detection.box, self._place.box) <= SAME_FACE_OVERLAP):
                    self._part += 1
                return self._detected(frame, detection, found)
        return self._unseen(frame, sure)

    def _fits(self, frame: _Frame, detection: Detection) -> bool:
        return self._likeness.fits(Sighting(frame.picture, predict(frame.luma, detection.box), detection.score))

    def _is_short_gap(self, frame: _Frame) -> bool:
        """Whether the place of a face tells whether it is the followed one."""
        return self._place is not None and self._least_likeness >= MAY_BE_CUT and self._gap(frame) <= SHORT_GAP_FRAMES

    def _candidates(self, frame: _Frame) -> list[Detection]:
        """Faces that may be the followed one."""
        if self._boxes is not None:
            box = self._boxes.get(frame.index)
            near = find_near(frame.luma, box, self._upsampling) if box else []
            return [each for each in near if self._is_given(frame, each.box)]
        if self._place:
            near = find_near(frame.luma, self._place.box, self._upsampling)
            here = _overlapping(near, self._place.box)
            if here and (here.is_sure or self._is_short_gap(frame)):
                return near
        return find_anywhere(frame.luma, self._upsampling)

    def _is_given(self, frame: _Frame, box: Box) -> bool:
        if self._boxes is None:
            return True
        given = self._boxes.get(frame.index)
        return given is not None and overlap(given, box) > SAME_FACE_OVERLAP

    def _is_refused(self, detection: Detection) -> bool:
        return any(overlap(detection.box, box) > SAME_FACE_OVERLAP for box in self._refused)

    def _promise(self, detection: Detection, shape: tuple[int, int]) -> float:
        """Larger for faces that go on from the latest place; among others for larger and more central ones: one in a corner counts half."""
        if self._place and (shared := overlap(detection.box, self._place.box)) > SAME_FACE_OVERLAP:
            return max(shape) * (1 + shared)
        height, width = shape
        x0, y0, x1, y1 = detection.box
        off_centre = math.hypot((x0 + x1 + 1) / width - 1, (y0 + y1 + 1) / height - 1) / math.sqrt(2)
        return (x1 - x0) / (1 + off_centre)

    def _detected(self, frame: _Frame, detection: Detection, found: list[Detection]) -> Observation:
        return self._seen(frame, predict(frame.luma, detection.box), detection.score, _several(found))

    def _seen(self, frame: _Frame, landmarks: np.ndarray, score: float = math.nan, several: bool = False) -> Observation:
        self._place = _Place(frame.index, landmarks)
        self._following, self._least_likeness, self._refused = True, 1.0, []
        if not math.isnan(score):
            self._likeness.remember(Sighting(frame.picture, landmarks, score))
        return Observation(frame.index, frame.picture, landmarks, score, several, part=self._part)

    def _unseen(self, frame: _Frame, others: list[Detection]) -> Observation:
        self._following = False
        if others:
            self._refused = [each.box for each in others]
        reason = ANOTHER_FACE if others else NO_FACE
        return Observation(frame.index, frame.picture, None, several=_several(others), reason=reason, part=self._part)

    def _gap(self, frame: _Frame) -> int:
        return frame.index - self._place.frame


def _with_likeness(frames: Iterable[tuple[int, Picture]]) -> Iterator[_Frame]:
    before: _Frame | None = None
    for index, picture in frames:
        if before is not None and picture is before.picture:
            before = _Frame(index, picture, before.luma, 1.0)
        else:
            luma = picture.luma()
            before = _Frame(index, picture, luma, 1.0 if before is None else likeness(before.luma, luma))
        yield before


def _overlapping(found: list[Detection], box: Box) -> Detection | None:
    """The detection that overlaps a box most, if one does."""
    near = [each for each in found if overlap(each.box, box) > SAME_FACE_OVERLAP]
    return max(near, key=lambda each: overlap(each.box, box), default=None)


def _several(found: list[Detection]) -> bool:
    return sum(each.is_sure for each in found) > 1
