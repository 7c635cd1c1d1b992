"""One driver, any number of targets: the driver's face is followed once, and each target's result has an output of its own."""

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
    """Numbers of a driver's frames: all; without a face; with landmarks that fit no face; with another face in place of the followed
    one; with several faces."""

    frames: int = 0
    without_face: int = 0
    misfit: int = 0
    another_face: int = 0
    several: int = 0


@dataclass(frozen=True)
class Result:
    """A target, its reenactment, the output for its frames, and the headings above them in a comparison."""

    target: Target
    reenactment: StreamingReenactment
    output: Output
    headings: np.ndarray | None = None


def write_results(driver: Iterable[DriverFrame], results: Sequence[Result], layout: Layout) -> Account:
    """Generate and write every target's pictures for each driving frame. It works in batches: memory does not grow with the driver."""
    account = Account()
    for batch in _batches(driver):
        account.frames += len(batch)
        account.without_face += sum(frame.reason == NO_FACE for frame in batch)
        account.misfit += sum(frame.reason == MISFIT for frame in batch)
        account.another_face += sum(frame.reason == ANOTHER_FACE for frame in batch)
        account.several += sum(frame.several for frame in batch)
        for result in results:
            images = result.reenactment.next([frame.landmarks for frame in batch])
            for frame, image in zip(batch, images, strict=True):
                shown = layout.frame(result.headings, result.target.shown, frame.shown, image)
                result.output.write(shown, frame.pts, frame.duration)
    return account


def _batches(driver: Iterable[DriverFrame]) -> Iterator[list[DriverFrame]]:
    frames = iter(driver)
    while batch := list(islice(frames, BATCH)):
        yield batch
