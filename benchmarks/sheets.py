"""Sheets of generated pictures to look at: a row a frame; which frames of some clips are worth a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from reenact.files import atomic_path
from reenact.report.sheets import CELL, Sheet, draw_sheet

Show = Literal["spread", "turned", "best", "worst"]
SHOWS: tuple[Show, ...] = get_args(Show)
ROWS = 8


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


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet as PNG; pictures of under 128 pixels are enlarged to that."""
    side = max(CELL, *(picture.shape[0] for row in sheet.rows for picture in row.pictures))
    with atomic_path(path) as part:
        draw_sheet(sheet, side).save(part, format="png")
