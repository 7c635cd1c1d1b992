"""VoxCeleb's track files: where the speaker's face is in each frame of a stretch of a longer video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reenact.errors import ReenactError
from reenact.files import reading

COLUMNS = ["FRAME", "X", "Y", "W", "H"]
# VoxCeleb1 gives pixels of the video scaled to this many lines, VoxCeleb2 parts of the picture's width and height.
LINES = 360
# No face is two pixels wide, and none is twice as wide as the picture.
LARGEST_PART = 2.0
MOST_BYTES = 16 * 2**20
MOST_FRAMES = 2**31
REMEDY = "put the published file in its place"


@dataclass(frozen=True, eq=False)
class BoxTrack:
    """One face's boxes in some frames of a video.

    frames: (N,) int64, ascending indices on the video's time line of 25 frames/s, N at least 1. corners: (N, 4) float64, x0, y0, x1, y1
    from the picture's top left corner, in parts of its width and height where `in_parts`, else in pixels of the video scaled to 360 lines.
    """

    frames: np.ndarray
    corners: np.ndarray
    in_parts: bool

    def boxes(self, width: int, height: int) -> np.ndarray:
        """Boxes (N, 4) float64 x0, y0, x1, y1 in pixels of the upright picture of this size (outer edges, pixel centres at whole numbers).

        They may reach beyond the picture.
        """
        scale = np.tile((width, height), 2) if self.in_parts else height / LINES
        return self.corners * scale - 0.5


class DamagedTrack(ReenactError):
    """A file that is no track file, or a damaged one; the message names the line."""


def read_track(path: Path) -> BoxTrack:
    """Read a track file of VoxCeleb1 or VoxCeleb2.

    Raises DamagedTrack where columns are missing, a cell is no number, a box has no size, frames do not ascend, or there are none; and
    ReenactError where there is no such file.
    """
    lines = _lines(path)
    head = next((place for place, line in enumerate(lines) if line.split()[:1] == COLUMNS[:1]), None)
    if head is None:
        raise DamagedTrack(f"{path} is no track file: no line begins with FRAME; {REMEDY}")
    names = lines[head].split()
    if missing := [name for name in COLUMNS if name not in names]:
        raise DamagedTrack(f"{path}, line {head + 1}: there is no column {', '.join(missing)}; {REMEDY}")
    if not any(line.strip() for line in lines[head + 1 :]):
        raise DamagedTrack(f"{path}: no row follows the names of the columns; {REMEDY}")
    try:
        table = np.loadtxt(lines[head + 1 :], comments=None, ndmin=2)
    except ValueError:
        table = None
    if table is None or table.shape[1] != len(names):
        raise _damage(path, lines, head, len(names))
    values = table[:, [names.index(name) for name in COLUMNS]]
    if fault := _fault(values):
        row, what = fault
        number = [number for number, line in enumerate(lines[head + 1 :], start=head + 2) if line.strip()][row]
        raise DamagedTrack(f"{path}, line {number}: {what}; {REMEDY}")
    corners = np.concatenate([values[:, 1:3], values[:, 1:3] + values[:, 3:]], axis=1)
    return BoxTrack(values[:, 0].astype(np.int64), corners, in_parts=bool(values[:, 3:].max() <= LARGEST_PART))


def _damage(path: Path, lines: list[str], head: int, columns: int) -> DamagedTrack:
    """Which of the rows cannot be read, found line by line because numpy does not count the lines that it skips."""
    for number, line in enumerate(lines[head + 1 :], start=head + 2):
        cells = line.split()
        if cells and len(cells) != columns:
            return DamagedTrack(f"{path}, line {number}: {len(cells)} cells below {columns} names of columns; {REMEDY}")
        try:
            np.array(cells, np.float64)
        except ValueError:
            return DamagedTrack(f"{path}, line {number}: {line.strip()!r} holds something that is no number; {REMEDY}")
    return DamagedTrack(f"{path} holds rows that cannot be read; {REMEDY}")


def _fault(values: np.ndarray) -> tuple[int, str] | None:
    """A row of FRAME, X, Y, W, H (N, 5) that cannot be right, and why."""
    frames, sizes = values[:, 0], values[:, 3:]
    faults = {
        "a number is not finite": ~np.isfinite(values).all(axis=1),
        "the frame is no index": (frames < 0) | (frames >= MOST_FRAMES) | (frames != np.floor(frames)),
        "the frame does not come after the one before": np.diff(frames, prepend=-1) <= 0,
        "the box has no size": ~(sizes > 0).all(axis=1),
    }
    return next(((int(bad.argmax()), what) for what, bad in faults.items() if bad.any()), None)


def _lines(path: Path) -> list[str]:
    with reading(path, "put the track file back, or run `reenact manifest` to list the corpus anew"), path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DamagedTrack(f"{path} is no track file: it is over {MOST_BYTES // 2**20} MiB; {REMEDY}")
    # A name above the columns may be in any encoding; numbers are ASCII.
    return content.decode("utf-8", "replace").split("\n")
