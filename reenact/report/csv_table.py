"""A table as CSV, for whoever goes on calculating with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence

from reenact.report.table import Cell, Table


def _number(number: float | None) -> str:
    return "" if number is None else str(number)


# What a figure may have with it, by what is added to its column's heading.
MORE: Mapping[str, Callable[[Table, Cell], str]] = {
    " low": lambda _, cell: _number(cell.low),
    " high": lambda _, cell: _number(cell.high),
    ", paper": lambda _, cell: _number(cell.paper.exact) if cell.paper else "",
    ", remarks": lambda _, cell: cell.remarks,
    ", card": lambda table, cell: table.card_of(cell),
}


def csv_text(table: Table) -> str:
    """The table as CSV with a line of headings. Numbers are not rounded; a dash is an empty field.

    A column of figures is followed by the ends of their intervals, the paper's figures, remarks, and the figures' cards, each where one of
    them has any. A card is its name, under which the table's JSON has all of it, and one line on what made the figure.
    """
    columns: list[list[str]] = []
    for place, name in enumerate(table.head):
        cells = [row[place] for row in table.rows]
        columns += [[name, *(cell.text for cell in cells)]] if place < table.labels else _of_figures(table, name, cells)
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(zip(*columns, strict=True))
    return lines.getvalue()


def _of_figures(table: Table, name: str, cells: Sequence[Cell]) -> Iterator[list[str]]:
    """A column of figures with its heading, then those of what they have with them."""
    yield [name, *(_number(cell.exact) for cell in cells)]
    for ending, text in MORE.items():
        if any(texts := [text(table, cell) for cell in cells]):
            yield [f"{name}{ending}", *texts]
