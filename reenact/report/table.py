"""A table as it is shown, in Markdown, in HTML and as CSV alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MISSING = "–"
LARGE = 10
HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")  # a SHA-256, of which its first digits are enough to tell two apart
ROUGH = "rough"  # what a figure is called whose entry has a note that says why


@dataclass(frozen=True)
class Cell:
    """What stands in one place.

    text: what is shown. exact: the number that the text is a rounding of, or None. low, high: the ends of its 95 % interval, where it has
    one. paper: the paper's figure for it, which stands below. remarks: what to mind about it. card: the name of the card that says
    what made it.
    """

    text: str
    exact: float | int | None = None
    low: float | None = None
    high: float | None = None
    paper: Cell | None = None
    remarks: str = ""
    card: str = ""

    @property
    def interval(self) -> str:
        """The interval in words, with the places of the text; "" where there is none, or both ends are the figure as it stands."""
        places = len(self.text.partition(".")[2])
        if self.low is None or self.high is None:
            return ""
        low, high = (f"{end:.{places}f}" for end in (self.low, self.high))
        return "" if low == high == self.text else f"{low} to {high}"

    @property
    def in_words(self) -> str:
        """All of it as one text."""
        paper = f"paper {self.paper.text}" if self.paper else ""
        more = "; ".join(part for part in (self.interval, paper, self.remarks) if part)
        return f"{self.text} ({more})" if more else self.text


@dataclass(frozen=True)
class Table:
    """name: the file's, without its ending. labels: so many columns hold words, the others numbers. notes: stand below.

    columns: notes on what the columns are, which come last. cards: those that the cells name, each with its fields.
    """

    name: str
    caption: str
    head: list[str]
    rows: list[list[Cell]]
    notes: list[str]
    labels: int = 1
    columns: list[str] = field(default_factory=list)
    cards: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def card_of(self, cell: Cell) -> str:
        """The name of a cell's card with the card in one line, or "" where it has none."""
        return f"{cell.card}: {_card_line(self.cards[cell.card])}" if cell.card in self.cards else cell.card

    @property
    def card_lines(self) -> list[str]:
        """The cards that the cells name, each in one line; those whose lines are the same stand together."""
        names: dict[str, list[str]] = {}
        for name in dict.fromkeys(cell.card for row in self.rows for cell in row if cell.card in self.cards):
            names.setdefault(_card_line(self.cards[name]), []).append(name)
        return [f"{', '.join(found)}: {line}" for line, found in names.items()]


def measured(entry: Mapping[str, Any] | None) -> Cell:
    """A measured value with all that belongs to it; a dash where nothing was measured. It has four places, or two from `LARGE` on."""
    if entry is None:
        return figure(None)
    paper = published(entry) if entry["paper"] is not None else None
    number = entry["value"]
    failures = [f"{reason}: {number}" for reason, number in entry["failures"].items()]
    return replace(
        figure(number, 2 if number is not None and abs(number) >= LARGE else 4),
        low=entry.get("low"),
        high=entry.get("high"),
        paper=paper,
        remarks=", ".join([*failures, *([ROUGH] if "note" in entry else [])]),
        card=entry["card"],
    )


def figure(number: float | None, places: int = 4) -> Cell:
    """A number to so many places; a dash where there is none."""
    return Cell(MISSING) if number is None else Cell(f"{number:.{places}f}", number)


def published(entry: Mapping[str, Any]) -> Cell:
    """The paper's figure for a measured value, with two or four places as in the paper."""
    number = entry["paper"]
    return figure(number, 2 if round(number, 2) == number else 4)


def count(number: int) -> Cell:
    """A whole number, with commas."""
    return Cell(f"{number:,}", number)


def _card_line(card: Mapping[str, str]) -> str:
    """What computed a figure, of which pictures, and the command that gives it again, for tables that travel without their page."""
    parts = (card["backend"], card["version"], f"weights: {card['weights']}", f"pictures: {card['images']}", f"command: {card['command']}")
    return HASH.sub(r"\1…", "; ".join(parts))
