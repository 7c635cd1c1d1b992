"""The cards of the page's figures: what made each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reenact.errors import ReenactError
from reenact.report.table import Table

# What each field of a card is called (`evaluation.cards.Card`), in the order in which they are shown.
FIELDS = {
    "title": "Metric",
    "metric": "Name in files",
    "better": "Better",
    "compared": "Compared with",
    "backend": "Backend",
    "version": "Version",
    "weights": "Weights",
    "input": "Input",
    "alignment": "Alignment",
    "images": "Pictures",
    "reduction": "Reduction",
    "interval": "Interval",
    "command": "Command",
}


def cards_of(tables: Iterable[Table]) -> dict[str, dict[str, str]]:
    """All cards of the tables by their names, each with its fields in words, by what these are called.

    Raises ReenactError where two tables have different cards of one name: they are of different evaluations.
    """
    found: dict[str, Mapping[str, str]] = {}
    for table in tables:
        for name, card in table.cards.items():
            if found.setdefault(name, card) != card:
                raise ReenactError(
                    f"the files in results/metrics are of different evaluations, as {table.name}.json has another card “{name}”; "
                    "measure again (reenact score)"
                )
    return {name: in_words(found[name]) for name in sorted(found)}


def in_words(card: Mapping[str, str]) -> dict[str, str]:
    """A card's fields by what they are called, those that are not known under their own names last."""
    order = [*FIELDS, *(key for key in card if key not in FIELDS)]
    return {FIELDS.get(key, key): card[key] for key in order if key in card}
