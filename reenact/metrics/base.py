"""What a metric is, and what it is given to measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np

Result = TypeVar("Result")


class Reference(StrEnum):
    """What a result is compared with, in words."""

    PERSON = "the target image"
    """Or, in SelfTest, the true frame, where `evaluate.isim_reference` says so."""
    DRIVING_FRAME = "the driving frame"
    TRUE_FRAME = "the true frame, in SelfTest alone"
    DRIVING_FRAMES = "the distribution of all driving frames"
    TRUE_LANDMARKS = "the true landmarks, of rendered people in CrossTest alone"


DRIVEN = (Reference.DRIVING_FRAME, Reference.TRUE_FRAME, Reference.DRIVING_FRAMES)
"""References that are the driving frames themselves. Driving frames are not measured by these: it would say nothing."""


@dataclass(frozen=True)
class Faces:
    """F pictures of a face, and what was read off them. An array of length 1 stands for all F.

    images: (F, S, S, 3) uint8 RGB. landmarks: (F, 68, 2) float32, pixels; a result has those that it was generated from, a real frame has
    dlib's. embeddings: (F, 128) float32. rotation: (F, 3) yaw, pitch, roll in radians. blendshapes: (F, 51) in [0, 1]. The last three are
    found in the images, whatever these were generated from.
    """

    images: np.ndarray
    landmarks: np.ndarray
    embeddings: np.ndarray
    rotation: np.ndarray
    blendshapes: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """The results of one item of a test set, and what they may be compared with.

    person: shows who the result should be. driving: the driving frames. is_truth: whether the result should look like these (SelfTest).
    true_landmarks: (F, 68, 2), where the result's landmarks should be, in pixels of any picture; None where nobody knows.
    """

    result: Faces
    person: Faces
    driving: Faces
    is_truth: bool
    true_landmarks: np.ndarray | None
    _known: dict[Callable, Any] = field(default_factory=dict, repr=False)

    def once(self, compute: Callable[[Comparison], Result]) -> Result:
        """What `compute` makes of this comparison. It runs once for all metrics that ask for it."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        return self._known[compute]


@dataclass(frozen=True)
class Value:
    """A figure over all items. count: its frames. note: what makes it rough, or None."""

    number: float
    count: int
    note: str | None = None


def mean(values: Sequence[np.ndarray]) -> Value:
    """The mean over all frames of all items. Frames without a value (NaN) are not counted."""
    known = np.concatenate(values)
    known = known[~np.isnan(known)]
    return Value(float(known.mean()), len(known))


@dataclass(frozen=True)
class Metric:
    """A metric, as the files, the tables and the documentation name it.

    name: its key in files. title: for people. better: "higher" or "lower". range: the least and the largest value. reference: what a
    result is compared with. backend: what computes it; {face_model} stands for the name of the 3D face model. tables: the paper's
    tables that it stands in, ordered by `place`. about: a sentence on what it says. note: further sentences for the notes below tables.
    headline: the test sets, "self" or "cross", whose figure stands on top of the report.
    measure: the values of one item, (F,) or (F, ...), or None where it has no meaning. reduce: from all items' values to the figure.
    """

    name: str
    title: str
    better: str
    range: tuple[float, float]
    reference: Reference
    backend: str
    tables: tuple[int, ...]
    place: int
    about: str
    measure: Callable[[Comparison], np.ndarray | None]
    reduce: Callable[[Sequence[np.ndarray]], Value] = mean
    headline: tuple[str, ...] = ()
    note: str = ""

    @property
    def arrow(self) -> str:
        """↑ where higher is better, ↓ where lower is."""
        return {"higher": "↑", "lower": "↓"}[self.better]
