"""A picture of landmark swaps: the identity of each row in the pose and expression of each column."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.faces.landmark_image import PARTS
from reenact.faces.layout68 import POINTS

CELL, GAP = 120, 4  # pixels
HEAD, FOOT, LABEL = 62, 30, 84  # room above, below and to the left of the faces, pixels
FILLED = 0.85  # share of a cell's side that the landmarks' box takes
TEXT_SIZE, TITLE_SIZE = 13, 15
FRACTION_BITS = 4  # cv2 takes fixed-point coordinates: sixteenths of a pixel
PAPER, GIVEN, INK = (255, 255, 255), (238, 240, 236), (40, 44, 52)
GENERATED, TRUTH = (24, 78, 158), (178, 182, 188)
TITLE = "Each row is a person, each column a frame of the driver"


def draw_swaps(identity: np.ndarray, pose: np.ndarray, swapped: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Normalised landmarks as a picture, (height, width, 3) uint8 RGB.

    identity: (R, 136), of the people of the rows; the first is the driver. pose: (C, 136), the driver's frames of the columns. swapped:
    (R, C, 136), what was generated. truth: (R, C, 136), drawn in grey beneath it; NaN where it is not known. Generated values that are
    infinite are drawn far outside, and NaN at the centre: it is for the losses to report that a training diverged.
    """
    rows, columns = swapped.shape[:2]
    step = CELL + GAP
    canvas = Image.new("RGB", (LABEL + (columns + 1) * step, HEAD + (rows + 1) * step + FOOT), PAPER)
    _write_words(ImageDraw.Draw(canvas), rows, columns)
    picture = np.array(canvas)

    def cell(row: int, column: int) -> np.ndarray:
        top, left = HEAD + row * step, LABEL + column * step
        return picture[top : top + CELL, left : left + CELL]

    cell(0, 0)[:] = GIVEN
    for number, points in enumerate(identity, start=1):
        _draw_face(cell(number, 0), points, INK, GIVEN)
    for number, points in enumerate(pose, start=1):
        _draw_face(cell(0, number), points, INK, GIVEN)
    for row, column in np.ndindex(rows, columns):
        place = cell(row + 1, column + 1)
        if np.isfinite(truth[row, column]).all():
            _draw_face(place, truth[row, column], TRUTH, width=2)
        _draw_face(place, swapped[row, column], GENERATED)
    return picture


def _write_words(pen: ImageDraw.ImageDraw, rows: int, columns: int) -> None:
    font, step = ImageFont.load_default(TEXT_SIZE), CELL + GAP
    pen.text((GAP, 18), TITLE, INK, ImageFont.load_default(TITLE_SIZE), anchor="lm")
    for number in range(columns + 1):
        name = f"frame {number}" if number else "own face"
        pen.text((LABEL + number * step + CELL / 2, HEAD - 12), name, INK, font, anchor="mm")
    for number in range(rows + 1):
        name = "driver" if number == 0 else "driver, own\nidentity" if number == 1 else f"person {number - 1}"
        pen.multiline_text((GAP, HEAD + number * step + CELL / 2), name, INK, font, anchor="lm", spacing=3)
    left = float(GAP)
    for name, colour in (("given", INK), ("generated", GENERATED), ("the truth, where it is known", TRUTH)):
        middle = HEAD + (rows + 1) * step + FOOT / 2 - GAP
        pen.line((left, middle, left + 22, middle), colour, 3)
        pen.text((left + 28, middle), name, INK, font, anchor="lm")
        left += 28 + pen.textlength(name, font) + 26


def _draw_face(cell: np.ndarray, points: np.ndarray, colour: tuple[int, ...], ground: tuple[int, ...] = (), width: int = 1) -> None:
    """Draw normalised landmarks (136,) into a cell, on a ground where one is named."""
    if ground:
        cell[:] = ground
    bounded = np.nan_to_num(points, posinf=8, neginf=-8).clip(-8, 8).reshape(POINTS, 2)
    fixed = np.rint(((bounded * FILLED + 1) * (CELL / 2) - 0.5) * (1 << FRACTION_BITS)).astype(np.int32)
    drawn = np.ascontiguousarray(cell)
    for part in PARTS:
        cv2.polylines(drawn, [fixed[part.first : part.last + 1]], part.closed, colour, width, cv2.LINE_AA, FRACTION_BITS)
    cell[:] = drawn
