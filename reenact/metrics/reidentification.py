"""Re-identification: is the result nearer to its own target than to the other subjects' targets?

Nearness is the cosine of two face embeddings (`metrics.isim`). The gallery holds one target image of each subject of the test set.

- rate: the share of frames whose nearest target is their own (rank 1);
- AUC: how often a frame's cosine with its own target is above one of any frame with another's: 0.5 is chance, 1 a clean separation.

Rates fall as the gallery grows, so they compare only with rates of the same test set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.intervals import Value, draws, interval, places
from reenact.metrics.isim import IDENTITIES

AUC_RESAMPLES = 200


def cosines(embeddings: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The cosine of each of F embeddings (F, D) with each of T targets' (T, D): (F, T) float64."""
    a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (embeddings.astype(np.float64), targets.astype(np.float64)))
    return a @ b.T


@dataclass(frozen=True)
class Wins:
    """How often cosines with own targets are above cosines with others', by the frames' subjects.

    wins: (C, C) float64, how many pairs of an own one of subject i and another one of subject j the first wins; equal ones count half.
    own, others: (C,) float64, how many cosines of either sort each of the C subjects has.
    """

    wins: np.ndarray
    own: np.ndarray
    others: np.ndarray

    @classmethod
    def of(cls, own: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> Wins:
        """own, others: the cosines of each subject, one-dimensional."""
        values, ends = np.concatenate(own), np.cumsum([0, *map(len, own)])
        wins = np.empty((len(own), len(own)))
        for place, each in enumerate(map(np.sort, others)):
            beaten = (np.searchsorted(each, values, "left") + np.searchsorted(each, values, "right")) / 2
            wins[:, place] = np.diff(np.concatenate([[0.0], np.cumsum(beaten)])[ends])
        return cls(wins, *(np.array([len(each) for each in sort], np.float64) for sort in (own, others)))

    def auc(self, times: np.ndarray) -> float:
        """The area under the curve where each subject counts `times` (C,), beside its own target and beside the others'."""
        return float(times @ self.wins @ times / ((times @ self.own) * (times @ self.others)))


def _own_and_others(reader: str) -> Callable[[Comparison], np.ndarray | None]:
    """(F, T): the cosine with the own target first, then those with the others'."""

    def measure(faces: Comparison) -> np.ndarray | None:
        subjects = faces.gallery.subjects
        if len(subjects) < 2:
            return None
        found = cosines(faces.result.readings[reader], faces.gallery.targets[reader])
        own = subjects.index(faces.subject)
        return np.concatenate([found[:, [own]], np.delete(found, own, axis=1)], axis=1)

    return measure


def _rate(reader: str) -> Callable[[Comparison], np.ndarray | None]:
    def measure(faces: Comparison) -> np.ndarray | None:
        found = _own_and_others(reader)(faces)
        return None if found is None else (found[:, 0] > found[:, 1:].max(axis=1)).astype(np.float64)

    return measure


def _reduce_auc(values: Sequence[np.ndarray], subjects: Sequence[str], rng: np.random.Generator) -> Value:
    numbers, count = places(subjects)
    by_subject = [np.concatenate([item for item, number in zip(values, numbers, strict=True) if number == place]) for place in range(count)]
    # Sorted once: a draw is then arithmetic on a small table.
    wins = Wins.of([each[:, 0] for each in by_subject], [each[:, 1:].ravel() for each in by_subject])
    areas = np.array([wins.auc(times) for times in draws(count, AUC_RESAMPLES, rng)])
    return Value(wins.auc(np.ones(count)), int(wins.own.sum()), *interval(areas, count))


METRICS = tuple(
    metric
    for place, (reader, (ending, title, backend, _)) in enumerate(IDENTITIES.items())
    for metric in (
        Metric(
            name=f"reidentified{ending}",
            title=f"Re-identified{title}",
            better="higher",
            range=(0.0, 1.0),
            reference=Reference.TARGETS,
            backend=backend,
            tables=(3, 4),
            place=12 + 5 * place,
            about="Identity: the share of frames whose nearest target, of those of all subjects, is their own.",
            measure=_rate(reader),
            reader=reader,
            needs_face=True,
        ),
        Metric(
            name=f"reidentified_auc{ending}",
            title=f"Re-identification AUC{title}",
            better="higher",
            range=(0.0, 1.0),
            reference=Reference.TARGETS,
            backend=backend,
            tables=(),
            place=13 + 5 * place,
            about="Identity: how often a frame's cosine with its own target is above one of any frame with another's.",
            measure=_own_and_others(reader),
            reader=reader,
            reduce=_reduce_auc,
            reduction="area under the curve over all frames and targets",
            interval=f"the middle 95 % of {AUC_RESAMPLES} bootstrap draws of subjects",
            needs_face=True,
        ),
    )
)
