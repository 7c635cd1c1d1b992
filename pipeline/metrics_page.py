"""The table of all metrics in docs/metrics.md: ``python -m pipeline.metrics_page`` writes it anew from the registry."""

from __future__ import annotations

import math
from pathlib import Path

from reenact.files import atomic_path
from reenact.metrics.base import Metric
from reenact.metrics.registry import METRICS

PAGE = Path("docs/metrics.md")
BEGIN, END = "<!-- the metrics, written by `make generated` -->\n", "<!-- end of the metrics -->\n"
HEADINGS = ("metric", "name in files", "better", "range", "a result is compared with", "backend", "tables")
HEAD = f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}\n"


def metric_table() -> str:
    """All metrics as a Markdown table, in the order of the tables' columns."""
    return HEAD + "".join(map(_row, METRICS.values()))


def with_table(page: str) -> str:
    """The page's text with the table between its two marks; ValueError where a mark is missing."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{PAGE} lacks the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{metric_table()}{END}{after}"


def _row(metric: Metric) -> str:
    low, high = metric.range
    start, end = (_end(each) for each in (low, high))
    backend = metric.backend.format(face_model="NAME", onnx="NAME")
    tables = ", ".join(map(str, metric.tables)) or "–"
    cells = (f"**{metric.title}**: {metric.about}", f"`{metric.name}`", f"{metric.better} {metric.arrow}", f"{start} to {end}")
    return f"| {' | '.join((*cells, metric.reference, f'`{backend}`', tables))} |\n"


def _end(value: float) -> str:
    """An end of a range to two places at most."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    text = with_table(PAGE.read_text(encoding="utf-8"))
    with atomic_path(PAGE) as part:
        part.write_text(text, encoding="utf-8")
