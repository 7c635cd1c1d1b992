"""Re-identification: is the result nearer to its own target than to the other subjects' targets?

Nearness is the cosine of two face embeddings (`metrics.isim`). The gallery holds one target image of each subject of the test set.

- rate: the share of frames whose nearest target is their own (rank 1);
- AUC: how often a frame's cosine with its own target is above one of any frame with another's: 0.5 is chance, 1 a clean separation.

Rates fall as the gallery grows, so they compare only with rates of the same test set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from reenact.metrics.base import Comparison, Metric, Reference
from reenact.metrics.intervals import Value, draws, interval, places
from reenact.metrics.isim import IDENTITIES

AUC_RESAMPLES = 200


def cosines(embeddings: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The cosine of each of F embeddings (F, D) with each of T targets' (T, D): (F, T) float64."""
    a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (embeddings.astype(np.float64), targets.astype(np.float64)))
    return a @ b.T


def auc(own: np.ndarray, others: np.ndarray, own_weights: np.ndarray, other_weights: np.ndarray) -> float:
    """How often one of `own` is above one of `others`, equal ones half: one-dimensional arrays, each value with its weight."""
    order = np.argsort(others, kind="stable")
    ranked, below = others[order], np.concatenate([[0.0], np.cumsum(other_weights[order])])
    under, up_to = (below[np.searchsorted(ranked, own, side)] for side in ("left", "right"))
    return float(own_weights @ ((under + up_to) / 2) / (own_weights.sum() * other_weights.sum()))


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
    own, others = np.concatenate([item[:, 0] for item in values]), np.concatenate([item[:, 1:].ravel() for item in values])
    numbers, count = places(subjects)
    own_subject = np.repeat(numbers, [len(item) for item in values])
    other_subject = np.repeat(numbers, [item[:, 1:].size for item in values])
    figure = auc(own, others, np.ones(len(own)), np.ones(len(others)))
    drawn = draws(count, AUC_RESAMPLES, rng)
    return Value(figure, len(own), *interval(np.array([auc(own, others, row[own_subject], row[other_subject]) for row in drawn]), count))


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
