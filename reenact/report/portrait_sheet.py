"""People's own portraits, driven by a clip of the test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ImageFont

from reenact.errors import ReenactError
from reenact.evaluation.testset import TestSet
from reenact.files import reading
from reenact.reenactment.portrait import read_target
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.target import Target
from reenact.report.sheets import CELL, GAP, LABEL, TEXT_SIZE, Row, Sheet, spread

MOST = 8
FRAMES = 4


@dataclass(frozen=True)
class PortraitSheet:
    """sheet: the driving frames in the first row, then a row a portrait; None where no portrait could be shown.

    left_out: of each file that could not be shown its name and why, in words. more: how many files were not looked at, as `MOST` are shown.
    """

    sheet: Sheet | None
    left_out: Sequence[str]
    more: int


def portrait_sheet(folder: Path, testset: TestSet, number: int, reenactor: Reenactor) -> PortraitSheet:
    """The first `MOST` portraits of a folder by their names, each driven by the same frames of a pair's driver, through LD-Net.

    Each picture's largest face is taken. Hidden files and folders are passed over. testset: with the driver's landmarks, at the generator's
    size. Raises ReenactError where the folder cannot be read.
    """
    with reading(folder, "name a folder of portraits"):
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    pictures, landmarks = testset.driving(number)
    assert landmarks is not None, "the project's test sets have landmarks"
    frames = spread(range(len(pictures)), FRAMES)
    rows: list[Row] = []
    left_out = []
    while paths and len(rows) < MOST:
        path = paths.pop(0)
        try:
            target = read_target(path, None, reenactor.generator.crop, reenactor.size, CELL)
        except ReenactError as error:
            left_out.append(str(error).replace(str(path), path.name).partition(";")[0])
            continue
        rows.append(Row(_shortened(target.name), [target.shown, *_driven(reenactor, target, landmarks, frames)]))
    if not rows:
        return PortraitSheet(None, left_out, len(paths))
    given = Row("driver", [np.full((CELL, CELL, 3), 255, np.uint8), *pictures[frames]])
    return PortraitSheet(Sheet(["portrait", *(f"frame {frame + 1}" for frame in frames)], [given, *rows]), left_out, len(paths))


def _driven(reenactor: Reenactor, target: Target, landmarks: np.ndarray, frames: Sequence[int]) -> np.ndarray:
    """The target in some of the frames of a driver with landmarks (F, 68, 2), as a video of all would have them."""
    encoded = reenactor.encode(target.picture, target.landmarks)
    # All frames go through LD-Net: it learns who the driver is from those before.
    wanted = reenactor.transferred(encoded, landmarks, landmarks[0])
    return reenactor.generate(encoded, wanted[list(frames)], len(frames))


def _shortened(name: str) -> str:
    """The name, cut to the width of a row's label."""
    font = ImageFont.load_default(TEXT_SIZE)
    while font.getlength(name) > LABEL - 2 * GAP:
        name = name[:-2] + "…"
    return name
