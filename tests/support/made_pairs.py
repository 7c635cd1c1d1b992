"""A test set and its results without a network: each picture's colour says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reenact.evaluation.predictions import Method
from reenact.evaluation.results import Result
from reenact.testsets.items import Kind

FRAMES = tuple(range(0, 10, 2))
SOURCES = ("driver", "ldnet")


@dataclass(frozen=True)
class MadePair:
    """A pair."""

    number: int
    target_subject: str
    driver_subject: str
    frames: tuple[int, ...] = FRAMES
    lead: int = 0


@dataclass(frozen=True)
class MadeTestSet:
    """A test set and its results by the generator "dense", all in one. Pictures are plain: red by pair, green by kind, blue by frame."""

    kind: Kind
    pairs: Sequence[MadePair]
    size: int = 64
    sha256: str = ""

    def target(self, number):
        return shade(number, 0, 0), None

    def driving(self, number):
        return np.stack([shade(number, 1, place) for place in range(len(FRAMES))]), None

    def of(self, number):
        return {Method("dense", source): Result(self.images(number, source), None) for source in SOURCES}

    def images(self, number, source):
        return np.stack([shade(number, 2 + SOURCES.index(source), place) for place in range(len(FRAMES))])


def shade(number: int, what: int, place: int) -> np.ndarray:
    return np.full((64, 64, 3), (10 * number, 60 * what, 40 * place), np.uint8)
