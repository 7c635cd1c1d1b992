"""One driver, any number of targets: the driver's face is followed once, and every target's result goes to an output of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from reenact.animate.layout import Layout
from reenact.faces.observation import ANOTHER_FACE, MISFIT, NO_FACE
from reenact.reenactment.driver import DriverFrame
from reenact.reenactment.streaming import StreamingReenactment
from reenact.reenactment.target import Target

BATCH = 16  # frames generated at once


class Output(Protocol):
    """Takes frames (height, width, 3) uint8 RGB, each shown from `pts` on for `duration` ticks."""

    def write(self, image: np.ndarray, pts: int, duration: int) -> None:
        """Append a frame."""


@dataclass
class Account:
    """What was seen of a driver, in frames: all, and those without a face, with landmarks that fit no face, after a cut to another
    face, and with several faces."""

    frames: int = 0
    without_face: int = 0
    misfit: int = 0
    another_face: int = 0
    several: int = 0


@dataclass(frozen=True)
class Rendering:
    """A target, its reenactment, the output that its frames go to, and the headings above them where they are compared."""

    target: Target
    reenactment: StreamingReenactment
    output: Output
    headings: np.ndarray | None = None


def render(driver: Iterable[DriverFrame], renderings: Sequence[Rendering], layout: Layout) -> Account:
    """Write every driving frame's result of every rendering, in batches; memory does not grow with the length."""
    account = Account()
    for batch in _batches(driver):
        account.frames += len(batch)
        account.without_face += sum(frame.reason == NO_FACE for frame in batch)
        account.misfit += sum(frame.reason == MISFIT for frame in batch)
        account.another_face += sum(frame.reason == ANOTHER_FACE for frame in batch)
        account.several += sum(frame.several for frame in batch)
        for rendering in renderings:
            results = rendering.reenactment.next([frame.landmarks for frame in batch])
            for frame, result in zip(batch, results, strict=True):
                image = layout.frame(rendering.headings, rendering.target.shown, frame.shown, result)
                rendering.output.write(image, frame.pts, frame.duration)
    return account


def _batches(driver: Iterable[DriverFrame]) -> Iterator[list[DriverFrame]]:
    frames = iter(driver)
    while batch := list(islice(frames, BATCH)):
        yield batch
