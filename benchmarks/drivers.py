"""Videos as drivers, followed as `reenact animate` does."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.reenactment.driver import DriverFrame, follow
from reenact.video.timed_read import TimedReader


def followed(path: Path, crop: CropSettings, size: int, seconds: float | None = None) -> tuple[list[DriverFrame], Fraction]:
    """A video's frames, each with its crop `shown`, and the seconds of a tick; ReenactError where none of them has a face.

    size: the side of the crops, pixels; landmarks are in pixels of these. seconds: how much of the video, from its beginning; None for all.
    """
    with TimedReader(path, 0.0, seconds) as reader:
        frames = list(follow(reader, reader.rate, crop, size, size))
        time_base = reader.time_base
    if all(frame.landmarks is None for frame in frames):
        when = "" if seconds is None else f" in its first {seconds:g} s"
        raise ReenactError(f"{path} shows no face{when}; name another driver")
    return frames, time_base
