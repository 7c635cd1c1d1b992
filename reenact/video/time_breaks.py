"""Breaks in a video's time, such as pauses, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_TOLD = 20


@dataclass(frozen=True)
class Break:
    """A break in a video's time: the second, from its beginning, at which its pictures go on, and what happened, in words."""

    second: float
    words: str


def in_words(breaks: Sequence[Break]) -> list[str]:
    """One line for each break; of very many, the first ones, and how many more there are."""
    more = len(breaks) - MOST_TOLD
    return [found.words for found in breaks[:MOST_TOLD]] + ([f"and {more} more"] if more > 0 else [])
