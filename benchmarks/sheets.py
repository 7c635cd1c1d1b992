"""Sheets of generated pictures to look at: a row a frame, under headings; and which frames of some clips are worth a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.files import atomic_path

Show = Literal["spread", "turned", "best", "worst"]
SHOWS: tuple[Show, ...] = get_args(Show)
ROWS = 8
HEAD, TEXT_SIZE = 18, 11  # pixels
PAPER, INK = (255, 255, 255), (40, 44, 52)


def picked(show: Show, subjects: Sequence[str], scores: Sequence[np.ndarray], rows: int = ROWS) -> list[tuple[int, int]]:
    """Which frames are shown: at most one of a subject, as (number of the clip, number of the frame among the generated ones).

    scores: of each clip's generated frames. spread: the last frame of each clip, of subjects in their order. turned and best: those of the
    highest scores, highest first; worst: those of the lowest.
    """
    sign = -1 if show == "worst" else 1
    order = [(0.0, clip, len(values) - 1) for clip, values in enumerate(scores)]
    if show != "spread":
        order = sorted(((sign * value, clip, i) for clip, values in enumerate(scores) for i, value in enumerate(values)), reverse=True)
    first = {}
    for _, clip, frame in order:
        first.setdefault(subjects[clip], (clip, frame))
    return list(first.values())[:rows]


def write_sheet(path: Path, rows: Sequence[Mapping[str, np.ndarray]]) -> None:
    """Write rows of pictures (S, S, 3) uint8 RGB, each under its name, into a PNG file."""
    pictures = np.vstack([np.hstack(list(row.values())) for row in rows])
    head = _headings(list(rows[0]), next(iter(rows[0].values())).shape[1])
    with atomic_path(path) as part:
        Image.fromarray(np.vstack([head, pictures])).save(part, format="png")


def _headings(names: Sequence[str], side: int) -> np.ndarray:
    """(HEAD, columns · side, 3) uint8."""
    canvas = Image.new("RGB", (len(names) * side, HEAD), PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT_SIZE)
    for number, name in enumerate(names):
        while font.getlength(name) > side - 2:
            name = name[:-2] + "…"
        pen.text((side * (number + 0.5), HEAD / 2), name, INK, font, anchor="mm")
    return np.asarray(canvas)
