"""The driver's landmarks steadied over time: dlib looks at each frame alone, and its landmarks shake by a pixel or two."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from reenact.reenactment.driver import DriverFrame

# Seconds to either side of a frame that count: a longer window takes more from blinks, which are over in 0.15 s, than from the shaking.
REACH = Fraction(4, 25)
DEGREE = 2  # of the polynomial over time: a straight or curved movement passes as it is, without lag


@dataclass(frozen=True)
class _Seen:
    """A frame and the number of its run: frames without a break between them share one."""

    frame: DriverFrame
    run: int


def steady(frames: Iterable[DriverFrame], time_base: Fraction) -> Iterator[DriverFrame]:
    """The frames in their order, their landmarks smoothed over time; all else is as it was.

    time_base: seconds of a tick. All points are smoothed alike, so a face that moves keeps its shape. Frames without a face and cuts end a
    run, and nothing is smoothed across them. A frame waits for those of the next 0.16 s, so few are held, whatever the length.
    """
    reach = float(REACH / time_base)  # ticks
    near: deque[_Seen] = deque()
    waiting: deque[_Seen] = deque()
    run = 0
    latest: DriverFrame | None = None
    for frame in frames:
        if latest is not None and (latest.landmarks is None or latest.part != frame.part):
            run += 1
        latest, seen = frame, _Seen(frame, run)
        while waiting and waiting[0].frame.pts + reach <= frame.pts:
            yield _smoothed(waiting.popleft(), near, reach)
        near.append(seen)
        waiting.append(seen)
    while waiting:
        yield _smoothed(waiting.popleft(), near, reach)


def _smoothed(seen: _Seen, near: deque[_Seen], reach: float) -> DriverFrame:
    """A frame with smoothed landmarks. near: frames around it; those that no later frame needs are dropped."""
    while near[0].frame.pts <= seen.frame.pts - reach:
        near.popleft()
    if seen.frame.landmarks is None:
        return seen.frame
    points, times = [], []
    for each in near:
        apart = (each.frame.pts - seen.frame.pts) / reach
        if each.run == seen.run and each.frame.landmarks is not None and apart < 1:
            points.append(each.frame.landmarks)
            times.append(apart)
    landmarks = np.tensordot(kernel(np.array(times)), np.array(points, np.float64), 1)
    return replace(seen.frame, landmarks=landmarks.astype(np.float32))


def kernel(times: np.ndarray) -> np.ndarray:
    """By what values at these times (N,) are to be multiplied, so that their sum is a local polynomial's value at time 0; (N,) float64.

    times: in (-1, 1), 1 being the reach. Frames count less, the further off they are (tricube weights). With DEGREE + 1 times or fewer the
    polynomial goes through them all.
    """
    roots = (1 - np.abs(times) ** 3) ** 1.5  # of the weights
    powers = np.vander(times, min(DEGREE + 1, len(times)), increasing=True)
    return np.linalg.pinv(powers * roots[:, None])[0] * roots
