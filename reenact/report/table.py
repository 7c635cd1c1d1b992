"""A table as it is shown, in Markdown and in HTML alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

MISSING = "–"


@dataclass(frozen=True)
class Cell:
    """text: what a cell shows. exact: the number that the text is a rounding of, or None. interval: the number's, in words, or ""."""

    text: str
    exact: float | int | None = None
    interval: str = ""

    @property
    def in_words(self) -> str:
        """All of it as one text."""
        return f"{self.text} ({self.interval})" if self.interval else self.text


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
    """A measured value to four places, with its interval where it has one; a dash where nothing was measured."""
    if entry is None:
        return figure(None)
    interval = f"{entry['low']:.4f} to {entry['high']:.4f}" if "low" in entry else ""
    return replace(figure(entry["value"]), interval=interval)


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
