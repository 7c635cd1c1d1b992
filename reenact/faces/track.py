"""One face followed through a clip: detected now and then, followed by its own landmarks in between, told apart from others at cuts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from reenact.faces.cuts import IS_CUT, MAY_BE_CUT, Likeness, Sighting
from reenact.faces.detector import Detection, overlap
from reenact.faces.finder import find_anywhere, find_near, survey
from reenact.faces.flashes import Frame, with_likeness
from reenact.faces.landmarks import Box, followed_box, is_plausible_move, predict
from reenact.faces.misfit import fits_a_face
from reenact.faces.observation import ANOTHER_FACE, MISFIT, NO_FACE, Observation
from reenact.video.picture import Picture

# Two boxes of the same face in frames near each other overlap by more than this.
SAME_FACE_OVERLAP = 0.1
# After so many frames without the face, or a cut, its place alone does not tell that a face is the followed one.
SHORT_GAP_FRAMES = 12
# The side, in pixels, that a face is taken to have that was never seen: from about this size on it is noticed in any frame.
UNKNOWN_SIDE = 220.0
# Every so many checks of the followed face, the whole picture is searched for other people.
CHECKS_A_SURVEY = 5


@dataclass(frozen=True)
class _Place:
    """Where the followed face was in the latest frame that shows it."""

    frame: int
    landmarks: np.ndarray

    @property
    def box(self) -> Box:
        return followed_box(self.landmarks)


@dataclass(frozen=True)
class _Others:
    """What a frame shows beside the followed face: other faces, and whether something that only the detector takes for one."""

    faces: list[Detection]
    misfit: bool

    @property
    def reason(self) -> str:
        if self.faces:
            return ANOTHER_FACE
        return MISFIT if self.misfit else NO_FACE


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
        self._doubtful = False  # at the latest check it looked different: it may be dissolving into another
        self._least_likeness = 1.0  # of two frames in a row since it was seen
        self._refused: list[Box] = []  # faces of the latest frame that are not the followed one
        self._part = 0
        self._checks = 0
        self._several = False

    def follow(self, frames: Iterable[tuple[int, Picture]]) -> Iterator[Observation]:
        """An observation for each (index, picture) in turn; at most `detect_every` pictures are held, and three of its likeness.

        The detector runs on the first, each `detect_every`-th and the last frame. Where it does not find the face there that was
        followed, the landmarks fit no face, or they move, grow or deform beyond measure, it runs on every frame since.
        """
        stretch: list[Frame] = []
        wanted = 1
        for frame in with_likeness(frames):
            stretch.append(frame)
            if len(stretch) == wanted:
                yield from self._settle(stretch)
                stretch, wanted = [], self._detect_every
        if stretch:
            yield from self._settle(stretch)

    def _settle(self, stretch: list[Frame]) -> Iterator[Observation]:
        """Observations of a stretch of frames that ends where the detector is due."""
        if self._following and self._place:
            trail = self._trail(stretch, self._place.landmarks)
            if trail and (detection := self._check(stretch[len(trail) - 1], trail[-1])):
                end = stretch[len(trail) - 1]
                self._doubtful = not self._likeness.still_fits(Sighting(end.picture, trail[-1], detection.score), end.luma)
                if not self._doubtful:
                    for frame, landmarks in zip(stretch, trail[:-1], strict=False):
                        yield self._seen(frame, landmarks)
                    yield self._seen(end, trail[-1], detection.score, self._several)
                    stretch = stretch[len(trail) :]
        elif len(stretch) > 1 and (others := self._only_others(stretch)) is not None:
            yield from (self._unseen(frame, others) for frame in stretch)
            return
        for frame in stretch:
            yield self._look(frame)

    def _trail(self, stretch: list[Frame], latest: np.ndarray) -> list[np.ndarray]:
        """The face's landmarks in the stretch's frames, as far as it can be followed by them alone from the `latest` on."""
        trail: list[np.ndarray] = []
        picture = None
        for frame in stretch:
            if frame.likeness < IS_CUT or frame.is_flash:
                break
            if frame.picture is not picture:  # a slow video shows one several times
                landmarks = predict(frame.luma, followed_box(latest))
            if not is_plausible_move(latest, landmarks) or not self._is_given(frame, followed_box(landmarks)):
                break
            if frame.likeness < MAY_BE_CUT and not self._likeness.fits(Sighting(frame.picture, landmarks, -math.inf)):
                break
            trail.append(landmarks)
            latest, picture = landmarks, frame.picture
        return trail

    def _check(self, frame: Frame, landmarks: np.ndarray) -> Detection | None:
        """The detection of the face with these landmarks; None where it is not found, or another fits a given box better."""
        box = followed_box(landmarks)
        self._checks += 1
        if self._checks % CHECKS_A_SURVEY == 0:
            self._several = _several(survey(frame.luma, box[2] - box[0]))
        for search in (partial(find_near, box=box), find_anywhere):
            faces = search(frame.luma, upsampling=self._upsampling)
            found = _overlapping(faces, box)
            given = self._boxes and _overlapping([each for each in faces if each.is_sure or each is found], self._boxes[frame.index])
            if found and (given is None or given is found) and is_plausible_move(landmarks, predict(frame.luma, found.box)):
                return found if fits_a_face(frame.luma, found, landmarks) else None
        return None

    def _only_others(self, stretch: list[Frame]) -> _Others | None:
        """What the end of a stretch shows where none of it is the followed face; None where each frame deserves a look of its own."""
        end = stretch[-1]
        just_lost = self._place and stretch[0].index - self._place.frame <= SHORT_GAP_FRAMES
        if just_lost or any(frame.likeness < MAY_BE_CUT for frame in stretch):
            return None
        sure = [each for each in self._candidates(end) if each.is_sure]
        others = []
        for each in sure:
            landmarks = predict(end.luma, each.box)
            if not fits_a_face(end.luma, each, landmarks):
                continue
            if not self._is_refused(each) or self._fits(end, landmarks, each.score):
                self._refused = []
                return None
            others.append(each)
        side = self._place.box[2] - self._place.box[0] if self._place else UNKNOWN_SIDE
        if not sure and any(each.is_sure for frame in stretch[:-1] for each in survey(frame.luma, side)):
            return None
        return _Others(others, len(others) < len(sure))

    def _look(self, frame: Frame) -> Observation:
        """What detection says of a frame, and the face's likeness where its place does not tell enough.

        A flash may light the face where it was, or be a stray picture of something else: it shows the face there or not at all.
        """
        self._least_likeness = min(self._least_likeness, frame.likeness)
        if frame.likeness < MAY_BE_CUT:
            self._refused = []
        found = self._candidates(frame)
        telling = self._telling_place(frame)
        here = _overlapping(found, telling.box) if telling else None
        if frame.is_flash and self._place:
            found = [here] if here else []
        others, misfit = [], False
        for detection in self._in_turn(found, here, frame):
            if detection is not here and self._is_refused(detection):
                others.append(detection)
                continue
            landmarks = predict(frame.luma, detection.box)
            if not fits_a_face(frame.luma, detection, landmarks):
                misfit = misfit or detection.is_sure
            elif detection is here and not frame.is_flash:
                return self._seen(frame, landmarks, detection.score, _several(found))
            elif self._fits(frame, landmarks, detection.score):
                # Where it was, but for a cut, it goes on in the same part.
                if self._place and (self._least_likeness < IS_CUT or overlap(detection.box, self._place.box) <= SAME_FACE_OVERLAP):
                    self._part += 1
                return self._seen(frame, landmarks, detection.score, _several(found), remember=not self._doubtful)
            else:
                others.append(detection)
        return self._unseen(frame, _Others(others, misfit))

    def _in_turn(self, found: list[Detection], here: Detection | None, frame: Frame) -> list[Detection]:
        """Of what was found, that which is where the face was, if anything is, and then all sure faces, the most promising first."""
        sure = sorted((each for each in found if each.is_sure), key=lambda each: -self._promise(each, frame.picture.shape))
        return [here, *(each for each in sure if each is not here)] if here else sure

    def _fits(self, frame: Frame, landmarks: np.ndarray, score: float) -> bool:
        if self._boxes is not None:
            return True  # the boxes say whose face it is
        return self._likeness.fits(Sighting(frame.picture, landmarks, score))

    def _telling_place(self, frame: Frame) -> _Place | None:
        """Where the face was, if that alone tells whether a face is the followed one."""
        if self._place is None or self._doubtful or self._least_likeness < MAY_BE_CUT:
            return None
        return self._place if frame.index - self._place.frame <= SHORT_GAP_FRAMES else None

    def _candidates(self, frame: Frame) -> list[Detection]:
        """Faces that may be the followed one."""
        if self._boxes is not None:
            box = self._boxes.get(frame.index)
            best = _overlapping(find_near(frame.luma, box, self._upsampling), box) if box else None
            return [best] if best else []
        if self._place:
            near = find_near(frame.luma, self._place.box, self._upsampling)
            here = _overlapping(near, self._place.box)
            if here and (here.is_sure or self._telling_place(frame)):
                return near
        return find_anywhere(frame.luma, self._upsampling)

    def _is_given(self, frame: Frame, box: Box) -> bool:
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

    def _seen(
        self, frame: Frame, landmarks: np.ndarray, score: float = math.nan, several: bool = False, *, remember: bool = True
    ) -> Observation:
        self._place = _Place(frame.index, landmarks)
        self._following, self._least_likeness, self._refused = True, 1.0, []
        if remember and not math.isnan(score):  # a face that dissolves into another must not become its likeness
            self._likeness.remember(Sighting(frame.picture, landmarks, score), frame.luma)
        return Observation(frame.index, frame.picture, landmarks, score, several, part=self._part)

    def _unseen(self, frame: Frame, others: _Others) -> Observation:
        self._following = False
        self._refused = [] if frame.is_flash else [each.box for each in others.faces]
        return Observation(frame.index, frame.picture, None, several=_several(others.faces), reason=others.reason, part=self._part)


def _overlapping(found: list[Detection], box: Box) -> Detection | None:
    """The detection that overlaps a box most, if one does."""
    near = [each for each in found if overlap(each.box, box) > SAME_FACE_OVERLAP]
    return max(near, key=lambda each: overlap(each.box, box), default=None)


def _several(found: list[Detection]) -> bool:
    return sum(each.is_sure for each in found) > 1
