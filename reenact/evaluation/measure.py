"""Every metric of every row of a test set, for Tables 2, 3 and 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reenact.errors import ReenactError
from reenact.evaluation.ground_truth import GroundTruth
from reenact.evaluation.predictions import Generated, Method, Predictions
from reenact.evaluation.readings import DRIVING_FRAMES, Readings
from reenact.evaluation.real_faces import RealFaces
from reenact.metrics.base import DRIVEN, Value
from reenact.metrics.registry import METRICS
from reenact.progress import progress
from reenact.testsets.items import TITLES, Item, Kind


@dataclass(frozen=True)
class Measured:
    """A test set's figures, by row and then by metric. A metric that means nothing in a row is left out."""

    rows: Mapping[Method, Mapping[str, Value]]
    items: int
    frames: int


def measure(
    kind: Kind, items: Sequence[Item], predictions: Predictions, real: RealFaces, isim_reference: str, truth: GroundTruth | None
) -> Measured:
    """Compare the results of a test set with targets, driving frames and, where they are known (`truth`), true landmarks.

    isim_reference: as `evaluate.isim_reference` of the parameters. The predictions are read twice. All motion is fitted side by side, and
    pictures of all items would not fit in memory.
    Raises ReenactError where the predictions are not of these items.
    """
    readings = Readings(kind, real, isim_reference)
    for item, results in _by_item(kind, items, predictions, "Reading"):
        readings.read(item, results)
    readings.fit(f"Fitting {TITLES[kind]}")
    values: dict[Method, dict[str, list[np.ndarray]]] = {}
    for item, results in _by_item(kind, items, predictions, "Scoring"):
        true = truth.of(item) if kind == "crosstest" and truth is not None else None
        for row, comparison in readings.comparisons(item, results, true):
            of_row = values.setdefault(row, {})
            for name, metric in METRICS.items():
                says_nothing = row == DRIVING_FRAMES and metric.reference in DRIVEN
                if not says_nothing and (found := metric.measure(comparison)) is not None:
                    of_row.setdefault(name, []).append(found)
    figures = {row: {name: METRICS[name].reduce(found) for name, found in of_row.items()} for row, of_row in values.items()}
    return Measured(figures, len(items), sum(len(item.frames) for item in items))


def _by_item(kind: Kind, items: Sequence[Item], predictions: Predictions, doing: str) -> Iterator[tuple[Item, Mapping[Method, Generated]]]:
    by_number = {item.number: item for item in items}
    seen = []
    for number, results in progress(predictions, total=len(items), what=f"{doing} {TITLES[kind]}", unit="clips"):
        if number not in by_number:
            break
        seen.append(number)
        yield by_number[number], results
    if seen != sorted(by_number):
        raise ReenactError(f"{predictions.path} is not of the items of {TITLES[kind]}; make the predictions again (reenact predict)")
