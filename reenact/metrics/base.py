"""What a metric is, and what it is given to measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import numpy as np

from reenact.metrics.intervals import INTERVAL, Value, mean

Readings = Mapping[str, np.ndarray]
Result = TypeVar("Result")


class Reference(StrEnum):
    """What a result is compared with, in words."""

    PERSON = "the target image"
    """Or, in SelfTest, the true frame, where `evaluate.isim_reference` says so."""
    TARGETS = "the target images of all subjects"
    DRIVING_FRAME = "the driving frame"
    DRIVING_CLIP = "the driving clip"
    TRUE_FRAME = "the true frame, in SelfTest alone"
    DRIVING_FRAMES = "the distribution of all driving frames"
    TRUTH = "the truth of rendered people, in CrossTest alone"


@dataclass(frozen=True)
class Clip:
    """F pictures of a face, as a reader is given them. A clip of one picture stands for all F of `driving`.

    images: (F, S, S, 3) uint8 RGB. landmarks: (F, 68, 2) float32, pixels, as found in the images. found: (F,) bool, whether the detector
    is sure of the face; the others have landmarks all the same (`evaluation.face_finder`). driving: the driving frames; None for themselves
    and for targets. is_truth: whether `images` should look like `driving` (SelfTest).
    """

    images: np.ndarray
    landmarks: np.ndarray
    found: np.ndarray
    driving: Clip | None = None
    is_truth: bool = False
    _known: dict[Callable, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, compute: Callable[[Clip], Result]) -> Result:
        """What `compute` makes of this clip. It runs once for all that ask for it."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        return self._known[compute]


class Reader(Protocol):
    """Reads something off the frames of a clip. It is sent to other processes: what is large is opened when it is first needed.

    compares: whether it looks at the clip's driving frames, too.
    """

    @property
    def compares(self) -> bool: ...

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """Arrays by name, each with a row for every frame of the clip."""

    def about(self) -> dict[str, str]:
        """What a card says of it: "backend", "version", "weights" and "input". It differs wherever the readings could."""


@dataclass(frozen=True)
class Faces:
    """What was read off F pictures of a face. An array of length 1 stands for all F.

    landmarks, found: as in `Clip`. readings: each reader's arrays by name. generated_from: the landmarks (F, 68, 2) that a result was
    generated from, pixels; None for real frames, and where nobody says. pictures: reads the images anew.
    """

    landmarks: np.ndarray
    found: np.ndarray
    readings: Readings
    pictures: Callable[[], np.ndarray]
    generated_from: np.ndarray | None = None

    @property
    def images(self) -> np.ndarray:
        """(F, S, S, 3) uint8 RGB. They are read from their file at each call: a metric's own `read` is faster."""
        return self.pictures()


@dataclass(frozen=True)
class Truth:
    """What a rendered target would look like doing what the driver does, frame by frame.

    landmarks: (F, 68, 2), in pixels of any picture. rotation: (F, 3) yaw, pitch, roll in radians.
    """

    landmarks: np.ndarray
    rotation: np.ndarray


@dataclass(frozen=True)
class Gallery:
    """What all items of a test set have in common.

    subjects: of the T targets, sorted, each once. targets: the readings of their target images, (T, ...) each. driving_means: the mean of
    each reading over all driving frames, (...) each.
    """

    subjects: tuple[str, ...]
    targets: Readings
    driving_means: Readings


@dataclass(frozen=True)
class Comparison:
    """The results of one item of a test set, and what they may be compared with.

    person: shows who the result should be. driving: the driving frames. is_truth: whether the result should look like these (SelfTest).
    truth: of rendered people in CrossTest; None where nobody knows. subject: the target's. frames: (F,) int64, the driving frames' numbers,
    at 25 a second. size: the pictures' side, pixels.
    """

    result: Faces
    person: Faces
    driving: Faces
    is_truth: bool
    truth: Truth | None
    subject: str
    frames: np.ndarray
    size: int
    gallery: Gallery


Reduce = Callable[[Sequence[np.ndarray], Sequence[str], np.random.Generator], Value]


@dataclass(frozen=True)
class Metric:
    """A metric, as the files, the tables and the documentation name it.

    name: its key in files. title: for people. better: "higher" or "lower". range: the least and the largest value. reference: what a
    result is compared with. reader: the reader whose readings it needs; one that was not asked for is not measured. backend: what computes
    it; {face_model} and {onnx} stand for the names of the 3D face model and of the network. tables: the paper's tables that it stands in,
    ordered by `place`. about: a sentence on what it says. note: further sentences for the notes below tables. needs_face: whether a frame
    in which no face was found is a failure. is_partial: whether some frames have no value by definition.
    read: the metric's own reading, (F,) values or more of a clip, or None where it has no meaning; it runs in several processes.
    measure: the values of one item, (F,) or (F, ...), or None where it has no meaning. Without it they are what `read` gave. NaN is none.
    reduce: from all items' values and their targets' subjects to the figure. reduction, interval: that and its interval in words.
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
    measure: Callable[[Comparison], np.ndarray | None] | None = None
    read: Callable[[Clip], np.ndarray | None] | None = None
    reader: str = ""
    reduce: Reduce = mean
    reduction: str = "mean over all frames"
    interval: str = INTERVAL
    needs_face: bool = False
    is_partial: bool = False
    note: str = ""

    @property
    def arrow(self) -> str:
        """↑ where higher is better, ↓ where lower is."""
        return {"higher": "↑", "lower": "↓"}[self.better]

    def values(self, comparison: Comparison) -> np.ndarray | None:
        """The values of one item, (F,) or (F, ...); None where the metric has no meaning or its reader was not asked for."""
        if self.reader and not any(_belongs(key, self.reader) for key in comparison.result.readings):
            return None
        return self.measure(comparison) if self.measure else comparison.result.readings.get(self.name)


def _belongs(key: str, reader: str) -> bool:
    return key == reader or key.startswith(f"{reader}.")
