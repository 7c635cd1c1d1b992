"""Every metric of every row of a test set, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reenact.evaluation.tables import NO_SOURCE
from reenact.generators.registry import GENERATORS
from reenact.metrics.registry import METRICS
from reenact.report.paper_tables import REFERENCES, SETTINGS, metric_note, pictures_note
from reenact.report.table import Cell, Table, measured

SOURCES = {"self": {"driver": "true", "ldnet": "LD-Net's"}, "cross": {"driver": "driver's", "ldnet": "LD-Net's"}}


def all_metrics(scores: Mapping[str, Any]) -> list[Table]:
    """A table of each test set in scores.json (`evaluation.tables.all_scores`): a row a metric, a column a method, references last."""
    return [_table(scores, setting) for setting in SETTINGS if setting in scores]


def _table(scores: Mapping[str, Any], setting: str) -> Table:
    columns = dict(_columns(scores[setting], setting))
    entries = {name: [figures[name] for figures in columns.values() if name in figures] for name in METRICS}
    metrics = [metric for name, metric in METRICS.items() if entries[name]]
    size, failed = scores["about"][f"{setting}test"], any(entry["failures"] for found in entries.values() for entry in found)
    return Table(
        f"all_{SETTINGS[setting].lower()}",
        f"{SETTINGS[setting]}: every metric of every row.",
        ["Metric", *columns],
        [[Cell(f"{metric.title} {metric.arrow}"), *(_cell(row, metric.name) for row in columns.values())] for metric in metrics],
        [
            f"{size['items']} pairs, {size['frames']:,} frames, {size['subjects']} people as targets. Below each figure stands its 95 % "
            f"interval over people{', and in how many frames something went wrong' if failed else ''}.",
            *([] if failed else ["In every frame of every row a face was found, and no value is missing."]),
            "A dash: the metric means nothing there.",
            *pictures_note(columns.items(), scores["cards"]),
        ],
        columns=[metric_note(metric, entries[metric.name], scores["about"]) for metric in metrics],
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
    return f"{title}, {SOURCES[setting][source]} landmarks" if source in SOURCES[setting] else title


def _cell(row: Mapping[str, Any], metric: str) -> Cell:
    return replace(measured(row.get(metric)), paper=None)
