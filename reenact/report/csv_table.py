"""A table as CSV, for whoever goes on calculating with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from reenact.report.table import Cell, Table

ENDS = ("low", "high")
BETWEEN = " to "  # the ends of an interval in words (`table.measured`)


def csv_text(table: Table) -> str:
    """The table as CSV with a line of headings. Numbers are not rounded; a dash is an empty field.

    A column with intervals is followed by two of their ends, with the heading and "low" or "high". These have the places of the table.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    with_ends = [column >= table.labels and any(row[column].interval for row in table.rows) for column in range(len(table.head))]
    writer.writerow(_headings(table, with_ends))
    writer.writerows(_fields(row, table.labels, with_ends) for row in table.rows)
    return lines.getvalue()


def _headings(table: Table, with_ends: list[bool]) -> Iterator[str]:
    for name, has_ends in zip(table.head, with_ends, strict=True):
        yield name
        yield from (f"{name} {end}" for end in ENDS if has_ends)


def _fields(row: list[Cell], labels: int, with_ends: list[bool]) -> Iterator[str]:
    for column, (cell, has_ends) in enumerate(zip(row, with_ends, strict=True)):
        yield cell.text if column < labels else _exact(cell)
        if has_ends:
            yield from cell.interval.split(BETWEEN) if cell.interval else ("", "")


def _exact(cell: Cell) -> str:
    return "" if cell.exact is None else str(cell.exact)
