"""A pair in motion as a short video without end: target, driver and results side by side, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.animate.watermark import TAG
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import Results
from reenact.evaluation.testset import TestSet
from reenact.report.answer import title_of
from reenact.report.sheets import CELL, GIVEN, HEAD, INK, PAPER, TEXT_SIZE, fit
from reenact.video import FPS
from reenact.video.timed_write import TimedWriter

LONGEST = 2 * FPS  # ticks of the way there and back
QUALITY = 20  # as H.264's crf: finer than can be seen at this size, and a third of what animated WebP takes


def write_loop(path: Path, testset: TestSet, results: Sequence[Results], methods: Sequence[Method], number: int) -> tuple[int, int]:
    """Write a pair's driving frames from the first on, with each method's results, and back to the first. Returns width and height.

    The frames keep their times at 25 a second. The video is H.264, lasts 2 s at most, and its last frame leads to its first. The same
    pictures give the same bytes.
    """
    pair = next(pair for pair in testset.pairs if pair.number == number)
    count = _few(pair.frames)
    found = {method: result for each in results for method, result in each.of(number).items()}
    moving = [testset.driving(number)[0], *(found[method].images for method in methods)]
    shown = [np.stack([fit(picture, CELL) for picture in pictures[:count]]) for pictures in moving]
    target = fit(testset.target(number)[0], CELL)
    target_heading, driver_heading, _ = GIVEN[testset.kind]
    head = headings([target_heading, driver_heading, *(title_of(method.generator) for method in methods)])
    size = (head.shape[1], head.shape[0] + CELL)
    with TimedWriter(path, size, Fraction(1, FPS), Fraction(FPS), comment=TAG, crf=QUALITY) as output:
        for place, time, duration in there_and_back(pair.frames[:count]):
            output.write(np.vstack([head, np.hstack([target, *(pictures[place] for pictures in shown)])]), time, duration)
    return size


def there_and_back(frames: Sequence[int]) -> list[tuple[int, int, int]]:
    """The place, the time and the duration of each shown frame, in ticks of 1/25 s. frames: numbers at 25 a second, rising.

    Each frame stays until the next comes, on the way back as on the way there; the first and the last are shown once.
    """
    gaps = [after - before for before, after in pairwise(frames)] or [1]
    last = len(frames) - 1
    places = [*range(last), *range(last, 0, -1)] or [0]
    durations = [*gaps, *reversed(gaps)] if last else gaps
    times = np.concatenate([[0], np.cumsum(durations)[:-1]]).tolist()
    return list(zip(places, times, durations, strict=True))


def _few(frames: Sequence[int]) -> int:
    """How many of the frames there is time for, there and back; two at least, to move at all."""
    return max(sum(2 * (frame - frames[0]) <= LONGEST for frame in frames), min(2, len(frames)))


def headings(names: Sequence[str]) -> np.ndarray:
    """The names above columns of `CELL` pixels, (HEAD, CELL · names, 3) uint8; what is too long is cut."""
    canvas = Image.new("RGB", (CELL * len(names), HEAD), PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT_SIZE)
    for column, text in enumerate(names):
        while font.getlength(text) > CELL - 8:
            text = text[:-2] + "…"
        pen.text((CELL * (column + 0.5), HEAD / 2), text, INK, font, anchor="mm")
    return np.asarray(canvas)
