"""A stand-in for OpenFace 2's FeatureExtraction, which tests may not fetch: its arguments and its CSV are OpenFace's, its numbers are not.

It reads the pictures and makes the head's pose and the action units of the pixels, by formulas that a test can repeat. As a program
(`openface_stand_in.py VARIANT -fdir FRAMES -out_dir OUT -of NAME [-pose] [-aus]`) it does what `VARIANT` says, below.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

UNITS = ("01", "02", "04", "05", "06", "07", "09", "10", "12", "14", "15", "17", "20", "23", "25", "26", "45")
CLASSES = (*UNITS[:-1], "28", "45")
SMALLEST = 256  # below it the stand-in finds no face; OpenFace begins to fail somewhere below
Table = list[list[str]]


def install(folder: Path, variant: str = "plain") -> Path:
    """Write `folder`/FeatureExtraction, a program that runs this file as `variant`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "FeatureExtraction"
    program.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, os.path.abspath(__file__), variant])} "$@"\n')
    program.chmod(0o755)
    return program


def arguments(words: list[str]) -> tuple[Path, Path, bool, bool]:
    """The folder of frames, the CSV to write, and whether with pose and action units; any other argument ends the program."""
    values, flags, rest = {}, set(), iter(words)
    for word in rest:
        if word in ("-fdir", "-out_dir", "-of") and word not in values:
            values[word] = next(rest, "")
        elif word in ("-pose", "-aus") and word not in flags:
            flags.add(word)
        else:
            sys.exit(f"not an argument of this stand-in: {word}")
    if len(values) < 3 or not all(values.values()):
        sys.exit("the stand-in needs -fdir, -out_dir and -of")
    every = not flags  # without flags OpenFace writes all that it knows
    csv = Path(values["-out_dir"], f"{Path(values['-of']).stem}.csv")
    return Path(values["-fdir"]), csv, every or "-pose" in flags, every or "-aus" in flags


def frame_values(picture: np.ndarray) -> tuple[bool, list[float], list[float]]:
    """Of a picture, BGR: whether it shows a face (it is not black, and large enough), its rotation and its action units.

    Rotation: the means of red in the upper half, of green in the left half and of blue everywhere, 0 to 255 being -0.5 to 0.5 radians.
    Action unit i: the mean of red, green or blue, in turn, in row i of 17, 0 to 255 being 0 to 5.
    """
    blue, green, red = np.moveaxis(picture / 255.0, 2, 0)
    height, width = red.shape
    rotation = [red[: height // 2].mean() - 0.5, green[:, : width // 2].mean() - 0.5, blue.mean() - 0.5]
    strips = [np.array_split(channel, len(UNITS)) for channel in (red, green, blue)]
    return bool(picture.any()) and min(height, width) >= SMALLEST, rotation, [5 * strips[i % 3][i].mean() for i in range(len(UNITS))]


def table(frames: Path, pose: bool, units: bool) -> Table:
    """The CSV's cells, the header first."""
    files = sorted(file for file in frames.iterdir() if file.suffix in (".jpg", ".jpeg", ".png", ".bmp"))
    header = ["frame", "face_id", "timestamp", "confidence", "success"]
    header += [f"pose_{what}{axis}" for what in "TR" for axis in "xyz"] if pose else []
    header += [f"AU{unit}_r" for unit in UNITS] + [f"AU{unit}_c" for unit in CLASSES] if units else []
    cells = [header]
    for number, file in enumerate(files, start=1):
        found, rotation, strengths = frame_values(cv2.imread(str(file), cv2.IMREAD_COLOR))
        row = [str(number), "0", "0.000", "0.98" if found else "0.00", str(int(found))]
        row += ["0.0", "0.0", "500.0", *(f"{angle:.3f}" for angle in rotation)] if pose else []
        row += [f"{strength:.2f}" for strength in strengths] + ["1.00"] * len(CLASSES) if units else []
        cells.append(row)
    return cells


def without(*columns: str) -> Callable[[Table], Table]:
    """A variant whose CSV lacks columns."""
    return lambda cells: [[cell for cell, name in zip(row, cells[0], strict=True) if name not in columns] for row in cells]


def with_cell(row: int, column: str, value: str) -> Callable[[Table], Table]:
    """A variant with another value in row `row`, counted from 1; 0 stands for all rows of frames without success."""

    def change(cells: Table) -> Table:
        place, success = cells[0].index(column), cells[0].index("success")
        for number, line in enumerate(cells[1:], start=1):
            if number == row or (row == 0 and line[success] == "0"):
                line[place] = value
        return cells

    return change


# What the variants do to the CSV.
VARIANTS: dict[str, Callable[[Table], Table]] = {
    "plain": lambda cells: cells,
    "blanks": lambda cells: [[cell if i == 0 else f" {cell}" for i, cell in enumerate(row)] for row in cells],  # as older builds
    "no face_id": without("face_id"),  # as the first builds of OpenFace 2
    "no numbers without success": with_cell(0, "pose_Ry", "-nan(ind)"),
    "no pose": without("pose_Rx", "pose_Ry", "pose_Rz"),
    "no AU12": without("AU12_r"),
    "no success": without("success"),
    "empty": lambda cells: [],
    "a row short": lambda cells: cells[:-1],
    "a row more": lambda cells: [*cells, cells[-1]],
    "a cell short": lambda cells: [*cells[:-1], cells[-1][:-1]],
    "swapped": lambda cells: [cells[0], cells[2], cells[1], *cells[3:]],
    "from 0": lambda cells: [cells[0], *([str(i), *row[1:]] for i, row in enumerate(cells[1:]))],
    "a word": with_cell(2, "AU04_r", "strong"),
    "no number": with_cell(2, "pose_Rz", "-nan"),
}


def main(variant: str, *words: str) -> None:
    """Do what the variant says."""
    frames, csv, pose, units = arguments(list(words))
    print("Reading the landmark detector/tracker from: model/main_ceclm_general.txt", flush=True)
    if variant == "status 1":
        print("ERROR: Could not load the landmark detector", flush=True)
        sys.exit(1)
    if variant == "signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    if variant == "no CSV":
        print(f"Could not open {frames}")
        return
    cells = VARIANTS[variant](table(frames, pose, units))
    csv.parent.mkdir(parents=True, exist_ok=True)
    csv.write_text("".join(",".join(row) + "\n" for row in cells))
    print("Closed successfully")


if __name__ == "__main__":
    main(*sys.argv[1:])
