"""How alike each frame of a clip and the one before it are. Flashes are told apart from cuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from reenact.faces.cuts import MAY_BE_CUT, likeness
from reenact.video.picture import Picture


@dataclass(frozen=True)
class Frame:
    """A frame of a clip.

    luma: the picture's, (height, width) uint8. likeness: to the frame before, as `cuts.likeness`; 1 where there is none. is_flash: it is
    unlike the frames before and after it, which are alike.
    """

    index: int
    picture: Picture
    luma: np.ndarray
    likeness: float
    is_flash: bool = False


def with_likeness(frames: Iterable[tuple[int, Picture]]) -> Iterator[Frame]:
    """A Frame for each (index, picture). A flash, after which all is as before it, counts as alike: it is no cut."""
    before: Frame | None = None
    waiting: Frame | None = None  # unlike the one before: the next one tells whether it was a flash
    for index, picture in frames:
        latest = waiting or before
        if latest is not None and picture is latest.picture:
            frame = Frame(index, picture, latest.luma, 1.0)
        else:
            luma = picture.luma()
            frame = Frame(index, picture, luma, 1.0 if latest is None else likeness(latest.luma, luma))
        if waiting is not None:
            if before is not None and likeness(before.luma, frame.luma) >= MAY_BE_CUT:
                waiting, frame = replace(waiting, likeness=1.0, is_flash=True), replace(frame, likeness=1.0)
            yield waiting
            before, waiting = waiting, None
        if frame.likeness < MAY_BE_CUT:
            waiting = frame
        else:
            yield frame
            before = frame
    if waiting is not None:
        yield waiting
