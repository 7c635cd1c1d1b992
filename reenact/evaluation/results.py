"""The rows of a test set's tables: results of methods, and rows that are no method but the scale to read the others by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from reenact.evaluation.external import ExternalMethod
from reenact.evaluation.predictions import IMAGE_FORMAT, Method, Predictions
from reenact.evaluation.testset import Pair, TestSet

# The target image in place of every result; the driving frames themselves; in SelfTest, those of another subject.
COPY_TARGET, DRIVING_FRAMES, SHUFFLED = Method("copy_target", ""), Method("driving_frames", ""), Method("shuffled", "")
REFERENCES = (COPY_TARGET, DRIVING_FRAMES, SHUFFLED)
# Where the landmarks of somebody else's method come from: it has its own way.
OWN_WAY = "own"
REFERENCE_FORMAT = "JPEG of the test shards, or PNG of an exported test set"


class Result(NamedTuple):
    """One item's results by one method.

    images: (F, S, S, 3) uint8 RGB. generated_from: the landmarks (F, 68, 2) float32 pixels that they were generated from, or None.
    """

    images: np.ndarray
    generated_from: np.ndarray | None


class Results(Protocol):
    """The results of some methods. image_formats: how each method's pictures are kept, in words."""

    @property
    def image_formats(self) -> Mapping[Method, str]: ...

    def of(self, number: int) -> Mapping[Method, Result]:
        """The results of a pair by method."""


class OwnResults:
    """Those of this project's generators, from a file of predictions."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions, self._places = predictions, {number: place for place, number in enumerate(predictions.numbers())}
        self.image_formats = dict.fromkeys(predictions.methods(), IMAGE_FORMAT)

    def of(self, number: int) -> dict[Method, Result]:
        """See `Results`."""
        ((_, found),) = self._predictions.pick([self._places[number]])
        return {method: Result(each.images, each.landmarks) for method, each in found.items()}


class ExternalResults:
    """Those of somebody else's methods, from their folders."""

    def __init__(self, methods: Sequence[ExternalMethod]) -> None:
        self._methods = {Method(each.name, OWN_WAY): each for each in methods}
        self.image_formats = {method: each.image_format for method, each in self._methods.items()}

    def of(self, number: int) -> dict[Method, Result]:
        """See `Results`."""
        return {method: Result(each.frames(number), None) for method, each in self._methods.items()}


def shuffled(testset: TestSet) -> Mapping[int, Pair]:
    """For each pair another one, of another driving subject, whose driving frames take the place of its own; empty where there is one.

    Pairs are shifted by half their number, or by the least further step that gives each another subject.
    """
    pairs = sorted(testset.pairs, key=lambda pair: (pair.driver_subject, pair.number))
    half = len(pairs) // 2
    for step in (*range(half, len(pairs)), *range(1, half)):
        moved = pairs[step:] + pairs[:step]
        if all(one.driver_subject != other.driver_subject for one, other in zip(pairs, moved, strict=True)):
            return {one.number: other for one, other in zip(pairs, moved, strict=True)}
    return {}


def resampled(frames: np.ndarray, count: int) -> np.ndarray:
    """`count` of the frames in their order, from the first on again where they are too few."""
    return frames[np.arange(count) % len(frames)]


def all_rows(results: Sequence[Results]) -> Iterator[Method]:
    """The methods of all results, in their order."""
    for each in results:
        yield from each.image_formats
