"""A test set as a folder of pictures that any tool can read: what `testsets.export` writes, and what others may write by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from reenact.errors import ReenactError
from reenact.faces.layout68 import POINTS
from reenact.files import reading, require_file, sha256_file
from reenact.images import open_picture, read_picture
from reenact.parquet import DAMAGE
from reenact.testsets.description import DESCRIPTION, Pair, read_description

PAIRS, LANDMARKS, README = "pairs.csv", "landmarks.csv", "README.md"
LANDMARK_COLUMNS = [f"{axis}{point}" for point in range(POINTS) for axis in "xy"]
REMEDY = "export the test set again (reenact export-testset)"


def target_file(number: int) -> str:
    """Where a pair's target lies in the folder."""
    return f"targets/{number:04d}.png"


def driving_file(number: int, place: int) -> str:
    """Where a picture of a pair's driver lies in the folder. place: from 0, those before the frames to be reenacted among them."""
    return f"drivers/{number:04d}/{place:06d}.png"


class ExportedTestSet:
    """Reads an exported test set. That all files are there, and have their hashes where these are known, is checked at once.

    kind: "selftest" or "crosstest". size: side of all pictures, pixels. sha256: of the list that it was made from, or, where that is not
    named, of what testset.json holds. pairs: in the list's order.

    Such a folder can be made by hand. It needs

    - testset.json: {"format": "reenact-testset", "version": 1, "kind": "crosstest", "size": 256,
      "pairs": [{"target_subject": "a", "driver_subject": "b", "frames": [0, 1, 2]}]}
    - targets/0000.png, the target of the first pair, and drivers/0000/000000.png, 000001.png, 000002.png, its driving frames in their
      order: `size` × `size` pixels each; 0001 is the second pair, and so on.

    In SelfTest the driving frames are the truth, and both subjects are one. Optional are: in a pair "number", which names its files (its
    place in the list otherwise), and "lead" (see `description.Pair`, 0 otherwise); "sha256" of the list; "files", the SHA-256 of each file
    by its path in the folder; and landmarks.csv with the columns file, x0, y0, ... x67, y67, a row for each picture, pixels.

    ReenactError: the folder is no such test set or of another version, or a file is missing, changed, of another size, or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        about = read_description(self.folder / DESCRIPTION)
        self.kind, self.size, self.pairs, self.sha256 = about.kind, about.size, about.pairs, about.sha256
        self._by_number: dict[int, Pair] = {pair.number: pair for pair in self.pairs}
        self._check_files(about.hashes)
        self._landmarks = self._read_landmarks()

    def target(self, number: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The target (S, S, 3) uint8 RGB, and its landmarks (68, 2) float32, x then y in pixels; None where there is no landmarks.csv."""
        images, landmarks = self._get([target_file(number)])
        return images[0], None if landmarks is None else landmarks[0]

    def driving(self, number: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The driving frames (F, S, S, 3) uint8 RGB without the lead, and their landmarks (F, 68, 2) float32 or None, as in `target`."""
        pair = self._by_number[number]
        return self._get([driving_file(number, pair.lead + place) for place in range(len(pair.frames))])

    def _get(self, names: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
        images = np.stack([self._picture(self.folder / name) for name in names])
        if self._landmarks is None:
            return images, None
        return images, np.stack([self._landmarks[name] for name in names])

    def _picture(self, path: Path) -> np.ndarray:
        image = read_picture(path)
        self._check_sides(path, image.shape[1], image.shape[0])
        return image

    def _check_sides(self, path: Path, width: int, height: int) -> None:
        if (width, height) != (self.size, self.size):
            raise ReenactError(
                f"{path} is {width}×{height}, and {DESCRIPTION} says {self.size}×{self.size}; make it of that size, or {REMEDY}"
            )

    def _names(self) -> Iterator[str]:
        """The paths of all pictures in the folder."""
        for pair in self.pairs:
            yield target_file(pair.number)
            yield from (driving_file(pair.number, place) for place in range(pair.lead + len(pair.frames)))

    def _check_files(self, hashes: dict[str, str]) -> None:
        """ReenactError where a picture is missing or of another size, or a file does not have its hash."""
        for name, digest in hashes.items():
            if sha256_file(self.folder / name, f"copy the whole folder anew, or {REMEDY}") != digest:
                raise ReenactError(
                    f'{self.folder / name} was changed: it lacks the hash in {DESCRIPTION}; {REMEDY}, or remove "files" from {DESCRIPTION}'
                )
        for name in self._names():
            require_file(self.folder / name, f"put it there (see {DESCRIPTION}), or {REMEDY}")
            with open_picture(self.folder / name) as image:
                self._check_sides(self.folder / name, *image.size)

    def _read_landmarks(self) -> dict[str, np.ndarray] | None:
        """Landmarks (68, 2) float32 by the picture's path in the folder, or None where the file is absent."""
        path = self.folder / LANDMARKS
        if not path.exists():
            return None
        types = {"file": pa.string()} | dict.fromkeys(LANDMARK_COLUMNS, pa.float32())
        options = pyarrow.csv.ConvertOptions(column_types=types, include_columns=list(types))
        with reading(path, f"mend it, or {REMEDY}", *DAMAGE):
            table = pyarrow.csv.read_csv(path, convert_options=options)
            names = table["file"].to_pylist()
            points = np.column_stack([table[name].to_numpy() for name in LANDMARK_COLUMNS]).reshape(-1, POINTS, 2)
            if not np.isfinite(points).all():
                raise ValueError("a coordinate is missing or not finite")
            if twice := [name for name, count in Counter(names).items() if count > 1]:
                raise ValueError(f"it has more than one row for {twice[0]}")
        found = dict(zip(names, points, strict=True))
        for name in self._names():
            if name not in found:
                raise ReenactError(f"{path} has no row for {name}; add it, remove the whole file, or {REMEDY}")
            if not self._may_be_face(found[name]):
                raise ReenactError(f"{path}: the landmarks of {name} are none of a face in a picture of {self.size} pixels; give pixels")
        return found

    def _may_be_face(self, points: np.ndarray) -> bool:
        """Whether landmarks (68, 2) are further apart than a pixel and no whole picture outside: those of shares of the side are not."""
        return np.ptp(points, axis=0).min() > 1 and -self.size <= points.min() and points.max() < 2 * self.size
