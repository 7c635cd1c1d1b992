"""The driver's face followed through a video: for each frame its time, its landmarks in the crop and, if asked for, the crop."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from reenact.faces.crop import CropBox, steady_crops
from reenact.faces.crop_settings import CropSettings
from reenact.faces.observation import Observation
from reenact.faces.track import FaceTracker
from reenact.video import FPS
from reenact.video.picture import Picture
from reenact.video.timed_read import TimedFrame


@dataclass(frozen=True)
class DriverTime:
    """When a driving frame is shown and for how long, in ticks of the driver's time base."""

    pts: int
    duration: int


@dataclass(frozen=True)
class DriverFrame:
    """A driving frame.

    pts, duration: in ticks of the driver's time base. landmarks: (68, 2) float32 in pixels of a crop of the generator's side, or None
    if the followed face was not found; `reason` says why (`faces.observation`). shown: (O, O, 3) uint8 RGB, the crop for people, or
    None if none was asked for. several: more than one face was seen. part: counts up where the face goes on after a cut or a leap.
    """

    pts: int
    duration: int
    landmarks: np.ndarray | None
    shown: np.ndarray | None = None
    several: bool = False
    reason: str | None = None
    part: int = 0


def follow(frames: Iterable[TimedFrame], rate: Fraction, crop: CropSettings, size: int, shown: int | None) -> Iterator[DriverFrame]:
    """The driving frames of a video of `rate` frames/s, all of them, in order.

    size: the generator's side. shown: the side of the crops for people; None for no crops, and then far fewer frames are held (`observe`).
    Landmarks are each frame's own (`smoothing.steady`).
    """
    last: CropBox | None = None
    for timed, observation, box in observe(frames, rate, crop, keep_pictures=shown is not None):
        last = box or last
        found = observation.landmarks
        landmarks = None if box is None or found is None else box.to_crop(found, size).astype(np.float32)
        picture = None
        if shown is not None and observation.picture is not None:
            picture = (last or _middle(observation.picture)).cut_from(observation.picture, shown)
        seen = observation.several, observation.reason, observation.part
        yield DriverFrame(timed.pts, timed.duration, landmarks, picture, *seen)


def observe(
    frames: Iterable[TimedFrame], rate: Fraction, crop: CropSettings, *, keep_pictures: bool
) -> Iterator[tuple[DriverTime, Observation, CropBox | None]]:
    """Each frame's time, what was seen of the followed face, and its crop. Faces are found, followed and cropped as for shards, at the
    video's rate.

    Pictures are held for the crop's look-ahead, a second by default. Without `keep_pictures` the observations have none, and only the
    frames between two runs of the detector are held.
    """
    times: deque[DriverTime] = deque()
    tracker = FaceTracker(max(1, round(crop.detect_every * rate / FPS)), crop.detector_upsampling)
    observations = tracker.follow(_noting_times(frames, times))
    if not keep_pictures:
        observations = (replace(observation, picture=None) for observation in observations)
    cropped = steady_crops(
        observations, scale=crop.scale, shift_up=crop.shift_up, smoothing_seconds=crop.smoothing_seconds, fps=float(rate)
    )
    for observation, box in cropped:
        yield times.popleft(), observation, box


def _noting_times(frames: Iterable[TimedFrame], times: deque[DriverTime]) -> Iterator[tuple[int, Picture]]:
    for index, frame in enumerate(frames):
        times.append(DriverTime(frame.pts, frame.duration))
        yield index, frame.picture


def _middle(picture: Picture) -> CropBox:
    """The crop shown before the driver's face appears: the largest square in the middle."""
    height, width = picture.shape
    return CropBox.around((width - 1) / 2, (height - 1) / 2, min(width, height))
