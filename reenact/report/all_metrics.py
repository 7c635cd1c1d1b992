"""Every metric of every row of a test set, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reenact.evaluation.tables import NO_SOURCE
from reenact.generators.registry import GENERATORS
from reenact.metrics.registry import METRICS
from reenact.report.paper_tables import LANDMARKS, REFERENCES, SETTINGS, metric_note
from reenact.report.table import Cell, Table, figure, measured


def all_metrics(scores: Mapping[str, Any]) -> list[Table]:
    """A table of each test set in scores.json (`evaluation.tables.all_scores`): a row a metric, a column a method, references last."""
    return [_table(scores, setting) for setting in SETTINGS if setting in scores]


def _table(scores: Mapping[str, Any], setting: str) -> Table:
    columns = dict(_columns(scores[setting], setting))
    metrics = [metric for metric in METRICS.values() if any(metric.name in figures for figures in columns.values())]
    backends = {name: entry["backend"] for figures in columns.values() for name, entry in figures.items()}
    title, size = SETTINGS[setting], scores["about"][f"{setting}test"]
    failures = any(entry["failures"] for figures in columns.values() for entry in figures.values())
    return Table(
        f"all_{title.lower()}",
        f"{title}: every metric of every row.",
        ["Metric", *columns],
        [
            [Cell(f"{metric.title} {metric.arrow}"), *(_cell(figures.get(metric.name)) for figures in columns.values())]
            for metric in metrics
        ],
        [
            f"{size['items']} pairs, {size['frames']:,} frames, {size['subjects']} people as targets. Small below each figure: its 95 % "
            "interval over people, and in how many frames something went wrong, where it did.",
            *([] if failures else ["In no frame of any row was a face not found, or a value missing."]),
            "A dash: the metric means nothing there, such as the truth's in SelfTest.",
        ],
        columns=[metric_note(metric, backends[metric.name], scores["about"]) for metric in metrics],
        cards=scores["cards"],
    )


def _columns(rows: Mapping[str, Mapping[str, Any]], setting: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each row of a test set with its heading: methods first."""
    for name, by_source in sorted(rows.items(), key=lambda row: row[0] in REFERENCES):
        for source, figures in by_source.items():
            yield _heading(name, source, setting), figures


def _heading(name: str, source: str, setting: str) -> str:
    if source == NO_SOURCE:
        return REFERENCES[name]
    title = GENERATORS[name].title if name in GENERATORS else name
    return f"{title}, {LANDMARKS[setting][source]} landmarks" if source in LANDMARKS[setting] else title


def _cell(entry: Mapping[str, Any] | None) -> Cell:
    if entry is None:
        return figure(None)
    return replace(measured(entry), paper=None, failures=", ".join(f"{reason}: {number}" for reason, number in entry["failures"].items()))
