"""A table as it is shown, in Markdown and in HTML alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING = "–"


@dataclass(frozen=True)
class Cell:
    """text: what a cell shows. exact: the number that the text is a rounding of, or None."""

    text: str
    exact: float | int | None = None


@dataclass(frozen=True)
class Table:
    """name: the file's, without its ending. labels: so many columns hold words, the others numbers. notes: stand below."""

    name: str
    caption: str
    head: list[str]
    rows: list[list[Cell]]
    notes: list[str]
    labels: int = 1


def measured(entry: Mapping[str, Any] | None) -> Cell:
    """A measured value to four places; a dash where nothing was measured."""
    return figure(None if entry is None else entry["value"])


def figure(number: float | None, places: int = 4) -> Cell:
    """A number to so many places; a dash where there is none."""
    return Cell(MISSING) if number is None else Cell(f"{number:.{places}f}", number)


def published(entry: Mapping[str, Any] | None) -> Cell:
    """The paper's figure for a measured value, with two or four places as in the paper; a dash where the paper has none."""
    number = None if entry is None else entry["paper"]
    return figure(number, 2 if number is not None and round(number, 2) == number else 4)


def count(number: int) -> Cell:
    """A whole number, with commas."""
    return Cell(f"{number:,}", number)
