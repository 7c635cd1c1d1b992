"""Where a video's time does not simply go on, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_TOLD = 20


@dataclass(frozen=True)
class Break:
    """Where a video's pictures do not simply go on: the second after its beginning at which they do, and what happened, in words."""

    second: float
    words: str


def in_words(breaks: Sequence[Break]) -> list[str]:
    """What happened, a line each; of very many the first ones, and how many more there are."""
    more = len(breaks) - MOST_TOLD
    return [found.words for found in breaks[:MOST_TOLD]] + ([f"and {more} more"] if more > 0 else [])
