"""A card in one line, for tables that travel without their page."""

from __future__ import annotations

import re
from collections.abc import Mapping

HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")  # a SHA-256, of which its first digits are enough to tell two apart


def card_line(card: Mapping[str, str]) -> str:
    """What computed a figure, of which pictures, and the command that gives it again. Hashes are shortened to 12 digits."""
    parts = (card["backend"], card["version"], f"weights: {card['weights']}", f"pictures: {card['images']}", f"command: {card['command']}")
    return HASH.sub(r"\1…", "; ".join(parts))
