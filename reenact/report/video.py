"""One CrossTest pair as a video: target, driver and result side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.evaluation.items import Item, read_items
from reenact.evaluation.predictions import LDNET, Predictions
from reenact.report.sheets import INK, PAPER, fit
from reenact.shards.frames import FrameStore
from reenact.video.encode import VideoWriter

PANEL = 256
HEAD = 32
TEXT_SIZE = 16


def write_pair(path: Path, store: FrameStore, testsets: Path, predictions: Predictions) -> Item:
    """Write CrossTest's first pair as an H.264 file of 25 frames/s: the target's image, the driver's frames and the results."""
    items, _ = read_items(testsets / "crosstest.json", "crosstest")
    number, painted = next(iter(predictions))
    item = items[number]
    target, _ = store.get(*item.target, [item.target_frame], PANEL)
    driver, _ = store.get(*item.driver, item.frames, PANEL)
    results = painted[LDNET].images
    titles = (f"target {item.target.subject}", f"driver {item.driver.subject}", f"result, {results.shape[1]} px")
    heading = _heading(titles)
    with VideoWriter(path, (heading.shape[1], HEAD + PANEL)) as video:
        for driving, result in zip(driver, results, strict=True):
            video.write(np.vstack([heading, np.hstack([target[0], driving, fit(result, PANEL)])]))
    return item


def _heading(titles: tuple[str, ...]) -> np.ndarray:
    canvas = Image.new("RGB", (PANEL * len(titles), HEAD), PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT_SIZE)
    for number, title in enumerate(titles):
        pen.text((PANEL * number + PANEL / 2, HEAD / 2), title, INK, font, anchor="mm")
    return np.asarray(canvas)
