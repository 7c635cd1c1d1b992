"""Every metric of every row of a test set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from reenact.evaluation.ground_truth import TrueMotion
from reenact.evaluation.predictions import Method
from reenact.evaluation.reading import ClipReader
from reenact.evaluation.readings import Readings
from reenact.evaluation.results import SHUFFLED, Results
from reenact.evaluation.testset import Pair, TestSet
from reenact.metrics.base import Comparison, Gallery, Metric, Reference
from reenact.metrics.intervals import Value, threads
from reenact.metrics.registry import METRICS
from reenact.progress import progress
from reenact.seeding import generator
from reenact.testsets.items import TITLES

# The share of a row's frames in which no face may be found without a mark.
MOST_LOST = 0.1


@dataclass(frozen=True)
class Figure:
    """A metric's value in a row. failures: frames by what went wrong with them; those without a face found have a value all the same.

    Where more than `MOST_LOST` of the frames have no face, the value's note says so.
    """

    value: Value
    failures: Mapping[str, int]


@dataclass(frozen=True)
class Measured:
    """A test set's figures, by row and then by metric. A metric that means nothing in a row is left out.

    subjects: how many targets' there are. frames: one row for each frame of each row, with the metrics that have a value for it
    (`evaluation.frames`).
    """

    rows: Mapping[Method, Mapping[str, Figure]]
    items: int
    frames: int
    subjects: int
    table: pd.DataFrame


@dataclass(frozen=True)
class Settings:
    """isim_reference: as `evaluate.isim_reference` of the parameters. truth: of rendered people, by item. seed: of the intervals."""

    isim_reference: str
    truth: Mapping[int, TrueMotion]
    seed: int


def measure(testset: TestSet, results: Sequence[Results], reader: ClipReader, settings: Settings) -> Measured:
    """Compare the results of a test set with targets, driving frames and, where it is known, the truth.

    First everything is read (`readings`), then all is compared, as some metrics need what all subjects have in common.
    """
    readings = Readings(testset, results, reader)
    compared = _Compared(readings, readings.gallery(), sorted(testset.pairs, key=lambda pair: pair.number), settings)
    figures, tables = {}, []
    # Row by row: the features of all would not fit in memory.
    for row in progress(readings.rows, what=f"Comparing {TITLES[testset.kind]}", unit="rows"):
        figures[row], table = compared.row(row, partial(generator, settings.seed, "evaluate", "intervals", testset.kind), reader.workers)
        tables.append(table)
    frames, subjects = sum(len(pair.frames) for pair in testset.pairs), {pair.target_subject for pair in testset.pairs}
    return Measured(figures, len(testset.pairs), frames, len(subjects), pd.concat(tables, ignore_index=True))


@dataclass(frozen=True)
class _Compared:
    """A test set's items in their order, with what all of them have in common."""

    readings: Readings
    gallery: Gallery
    pairs: Sequence[Pair]
    settings: Settings

    def row(self, row: Method, rng: Callable[[], np.random.Generator], workers: int) -> tuple[dict[str, Figure], pd.DataFrame]:
        """A row's figures by metric, and the values of its frames. All metrics have the same draws of subjects."""
        values: dict[str, list[np.ndarray]] = {}
        lost, tables = 0, []
        for pair in self.pairs:
            truth = self.settings.truth.get(pair.number)
            comparison = self.readings.comparison(pair, row, self.gallery, self.settings.isim_reference, truth)
            found = {name: each for name, metric in METRICS.items() if (each := _values(row, metric, comparison)) is not None}
            for name, each in found.items():
                values.setdefault(name, []).append(each)
            lost += int((~comparison.result.found).sum())
            tables.append(_frames(pair, row, comparison, found))
        subjects = [pair.target_subject for pair in self.pairs]
        # One metric after another, each with all threads: side by side, large features would be in memory several times.
        with threads(workers):
            figures = {name: _figure(METRICS[name], values.pop(name), subjects, rng(), lost) for name in list(values)}
        return figures, pd.concat(tables, ignore_index=True)


def _values(row: Method, metric: Metric, comparison: Comparison) -> np.ndarray | None:
    # Another subject's frames have the same distribution.
    says_nothing = row == SHUFFLED and metric.reference == Reference.DRIVING_FRAMES
    return None if says_nothing else metric.values(comparison)


def _figure(metric: Metric, values: Sequence[np.ndarray], subjects: Sequence[str], rng: np.random.Generator, lost: int) -> Figure:
    value = metric.reduce(values, subjects, rng)
    failures = {"no face found": lost if metric.needs_face else 0}
    if not metric.is_partial:
        failures["no value"] = sum(int(np.isnan(each.reshape(len(each), -1)).any(axis=1).sum()) for each in values)
    if failures["no face found"] > MOST_LOST * sum(map(len, values)):
        value = replace(value, note="; ".join(filter(None, (value.note, f"no face found in over {MOST_LOST:.0%} of the frames"))))
    return Figure(value, {reason: number for reason, number in failures.items() if number})


def _frames(pair: Pair, row: Method, comparison: Comparison, values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a frame: what it is of, how the driver is turned and how strong its expression is, and its values."""
    driving = comparison.driving.readings
    columns = {
        "item": pair.number,
        "target_subject": pair.target_subject,
        "driver_subject": pair.driver_subject,
        "frame": np.array(pair.frames, np.int32),
        "method": row.generator,
        "landmark_source": row.source,
        "face_found": comparison.result.found,
        "driver_yaw": np.degrees(driving["headmodel.rotation"][:, 0]),
        "driver_expression": np.linalg.norm(driving["headmodel.expression"], axis=1),
    }
    return pd.DataFrame(columns | {name: each.astype(np.float32) for name, each in values.items() if each.ndim == 1})
