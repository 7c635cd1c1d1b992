"""Cards: what made a figure. No figure is written without one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from reenact.errors import ReenactError
from reenact.evaluation.face_finder import alignment
from reenact.evaluation.measure import Figure
from reenact.evaluation.own_code import own_version
from reenact.metrics.base import Metric, Reference

PERSON = {"target": "the target image", "driver": "the true frame in SelfTest, the target image in CrossTest"}


@dataclass(frozen=True)
class Card:
    """What a figure is, and all that it depends on besides the pictures themselves. Every field is in words.

    compared: what a result is compared with. backend, version, weights, input: of what computed it (`metrics.base.Reader`); the version
    ends with this package's, whose code every figure goes through. alignment: how the face is found. images: how the pictures that were
    compared are kept, and their size. reduction: from frames to the figure. command: gives it again.
    """

    metric: str
    title: str
    better: str
    compared: str
    backend: str
    version: str
    weights: str
    input: str
    alignment: str
    images: str
    reduction: str
    interval: str
    command: str


class Cards:
    """The cards of a table's figures, by a short name each.

    about: what each reader says of itself. command: gives the figures again.
    """

    def __init__(self, about: Mapping[str, Mapping[str, str]], isim_reference: str, command: str) -> None:
        self._about, self._isim_reference, self._command = about, isim_reference, command
        self.cards: dict[str, Card] = {}

    def of(self, metric: Metric, backend: str, images: str) -> str:
        """The name of the card of a metric's figures of pictures that are kept in this way. backend: the metric's, with its names in it."""
        card = self._card(metric, backend, images)
        number = 1
        while self.cards.setdefault(name := metric.name if number == 1 else f"{metric.name} ({number})", card) != card:
            number += 1
        return name

    def add(self, name: str, card: Card) -> str:
        """A card that is not of a metric of the registry; its name is given back."""
        self.cards[name] = replace(card, command=self._command)
        return name

    def _card(self, metric: Metric, backend: str, images: str) -> Card:
        own = {"version": "", "weights": "none besides those of the alignment" if metric.needs_face else "none"}
        about = self._about.get(metric.reader, own | {"input": "the landmarks found" if metric.needs_face else "the picture as it is"})
        return Card(
            metric=metric.name,
            title=metric.title,
            better=metric.better,
            compared=PERSON[self._isim_reference] if metric.reference == Reference.PERSON else str(metric.reference),
            backend=backend,
            version="; ".join(filter(None, (about["version"], own_version()))),
            weights=about["weights"],
            input=about["input"],
            alignment=alignment() if metric.needs_face else "none",
            images=images,
            reduction=metric.reduction,
            interval=metric.interval,
            command=self._command,
        )


def entry(figure: Figure, backend: str, card: str, published: float | None = None) -> dict[str, Any]:
    """A figure as it stands in the JSON. card: the name of its card. published: the paper's."""
    value = figure.value
    found: dict[str, Any] = {
        # JSON has no NaN.
        "value": None if math.isnan(value.number) else value.number,
        "backend": backend,
        "paper": published,
        "n": value.count,
        "failures": dict(figure.failures),
    }
    if value.low is not None:
        found |= {"low": value.low, "high": value.high}
    return found | ({"note": value.note} if value.note else {}) | {"card": card}


def with_cards(table: dict[str, Any], cards: Mapping[str, Card]) -> dict[str, Any]:
    """The table with the cards that its figures name under "cards"; ReenactError where a figure has none."""
    used = dict(_named(table, ()))
    for path, name in used.items():
        if name not in cards:
            raise ReenactError(f"the figure {'/'.join(path)} has no card, so nobody could tell what it is; it is not written")
    return table | {"cards": {name: asdict(cards[name]) for name in sorted(set(used.values()))}}


def _named(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every figure's path with the name of its card, or ""."""
    if isinstance(value, dict) and "value" in value:
        yield path, value.get("card", "")
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _named(below, (*path, str(key)))
