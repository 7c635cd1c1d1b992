"""Contact sheets: pictures in labelled rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.evaluation.predictions import Method
from reenact.evaluation.results import OWN_WAY, Results, all_rows
from reenact.evaluation.testset import TestSet
from reenact.faces.landmark_image import draw
from reenact.files import atomic_path
from reenact.generators.registry import GENERATORS
from reenact.pixels import to_images
from reenact.reenactment.transfer import DRIVER, LDNET, SOURCES
from reenact.shards.frames import FrameStore
from reenact.testsets.items import Kind
from reenact.workspace import TEST, TRAIN

CELL = 128
GAP = 4
HEAD, LINE = 26, 16
LABEL = 104
TEXT_SIZE = 13
JPEG_QUALITY = 88
PAPER, INK = (255, 255, 255), (40, 44, 52)
MOST_ROWS = 8

CORPUS_FRAMES = 5
# What the columns of target and driver, and of the driver's landmarks, are called.
GIVEN: dict[Kind, tuple[str, str, str]] = {
    "selftest": ("target", "driver = truth", "true landmarks"),
    "crosstest": ("target", "driver", "driver's landmarks"),
}


@dataclass(frozen=True)
class Row:
    """A label of one or more lines, and pictures (H, W, 3) uint8 RGB, one a column."""

    label: str
    pictures: Sequence[np.ndarray]


@dataclass(frozen=True)
class Sheet:
    """Named columns of pictures, in labelled rows."""

    columns: Sequence[str]
    rows: Sequence[Row]


def draw_sheet(sheet: Sheet, cell: int = CELL) -> Image.Image:
    """Draw the rows below each other, with the columns' names above and the labels to the left. A picture is `cell` pixels a side."""
    columns, rows = sheet.columns, sheet.rows
    step, font = cell + GAP, ImageFont.load_default(TEXT_SIZE)
    names = [_broken(name, font, cell) for name in columns]
    head = HEAD + LINE * (max(name.count("\n") for name in names))
    canvas = Image.new("RGB", (LABEL + len(columns) * step, head + len(rows) * step), PAPER)
    pen = ImageDraw.Draw(canvas)
    for column, name in enumerate(names):
        pen.multiline_text((LABEL + column * step + cell / 2, head / 2), name, INK, font, anchor="mm", align="center", spacing=3)
    for number, row in enumerate(rows):
        top = head + number * step
        pen.multiline_text((GAP, top + cell / 2), row.label, INK, font, anchor="lm", spacing=3)
        for column, picture in enumerate(row.pictures):
            canvas.paste(Image.fromarray(fit(picture, cell)), (LABEL + column * step, top))
    return canvas


def _broken(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """A column's name in as many lines as keep it from the next column's; a method's may be one long word."""
    lines = [""]
    for letter in name:
        if font.getlength(lines[-1] + letter) > width:
            lines.append("")
        lines[-1] += letter
    return "\n".join(line.strip() for line in lines)


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet as JPEG, atomically."""
    with atomic_path(path) as part:
        draw_sheet(sheet).save(part, quality=JPEG_QUALITY, optimize=True)


def corpus_sheet(train: FrameStore, test: FrameStore) -> Sheet:
    """Frames of one clip of each of some subjects, with the last frame's landmarks. Three in four subjects are from training."""
    rows = []
    for store, split, most in ((train, TRAIN, 3 * MOST_ROWS // 4), (test, TEST, MOST_ROWS // 4)):
        clips = {clip["subject"]: clip for clip in reversed(store.clips().to_pylist())}
        for subject in spread(sorted(clips), most):
            clip = clips[subject]
            frames = spread(clip["frames"], CORPUS_FRAMES)
            images, landmarks = store.get(subject, clip["video"], clip["clip"], frames, CELL)
            rows.append(Row(f"{subject}\n{split}", [*images, *landmark_pictures(landmarks[-1:], CELL)]))
    most = max(len(row.pictures) for row in rows) - 1
    return Sheet([*(f"frame {number + 1}" for number in range(most)), "landmarks"], rows)


def result_sheet(testset: TestSet, results: Sequence[Results], numbers: Sequence[int]) -> Sheet:
    """The middle frame of some pairs: target, driver, and each method's result.

    The generators' results from the driver's and from LD-Net's landmarks stand behind these; other methods have their own way.
    """
    pairs, methods = {pair.number: pair for pair in testset.pairs}, list(all_rows(results))
    rows = []
    for number in numbers:
        pair, found = pairs[number], {row: result for each in results for row, result in each.of(number).items()}
        middle = len(pair.frames) // 2
        pictures = [testset.target(number)[0], testset.driving(number)[0][middle]]
        for source in (*SOURCES, OWN_WAY):
            made = [found[method] for method in methods if method.source == source]
            if made and (landmarks := made[0].generated_from) is not None:
                pictures += [landmark_pictures(landmarks[middle : middle + 1], testset.size)[0]]
            pictures += [result.images[middle] for result in made]
        is_self = testset.kind == "selftest"
        rows.append(Row(pair.target_subject if is_self else f"{pair.target_subject}\ndriven by\n{pair.driver_subject}", pictures))
    return Sheet(_columns(testset.kind, methods), rows)


def _columns(kind: Kind, methods: Sequence[Method]) -> list[str]:
    target, driver, landmarks = GIVEN[kind]
    own = {source: [method.generator for method in methods if method.source == source] for source in SOURCES}
    # With one generator nobody asks which.
    is_one = len(own[DRIVER]) == 1
    columns = [target, driver]
    for source, heading, result in ((DRIVER, landmarks, "result"), (LDNET, "LD-Net's", "LD-Net result")):
        if own[source]:
            columns += [heading, *([result] if is_one else [GENERATORS[name].title for name in own[source]])]
    return columns + [method.generator for method in methods if method.source == OWN_WAY]


def landmark_pictures(landmarks: np.ndarray, size: int) -> np.ndarray:
    """Landmark images (F, CELL, CELL, 3) uint8 of landmarks (F, 68, 2) in pixels of a picture of `size`."""
    return to_images(draw((landmarks + 0.5) * (CELL / size) - 0.5, CELL))


def spread(values: Sequence, most: int) -> list:
    """At most `most` of the values, evenly spread, the first and the last among them."""
    return [values[place] for place in np.unique(np.linspace(0, len(values) - 1, min(most, len(values))).round().astype(int))]


def fit(picture: np.ndarray, side: int) -> np.ndarray:
    """A square picture at another size."""
    shrinks = picture.shape[0] > side
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
