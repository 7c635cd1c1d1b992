"""A test set as a folder of pictures that any tool can read: what `testsets.export` writes, and what others may write by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from reenact.errors import ReenactError
from reenact.faces.layout68 import POINTS
from reenact.files import read_json, reading, require_file, sha256_file, sha256_json
from reenact.images import read_picture
from reenact.parquet import DAMAGE
from reenact.testsets.items import KINDS, Kind

FORMAT, VERSION = "reenact-testset", 1
DESCRIPTION, PAIRS, LANDMARKS, README = "testset.json", "pairs.csv", "landmarks.csv", "README.md"
LANDMARK_COLUMNS = [f"{axis}{point}" for point in range(POINTS) for axis in "xy"]
REMEDY = "export the test set again (reenact export-testset)"


@dataclass(frozen=True)
class Pair:
    """A target and its driver.

    frames: the numbers of the frames to be reenacted, on the driver's line of 25 frames/s. lead: how many pictures of the driver come
    before them (0 or 1): the frame that stands for rest, where it is not among them. Results of it are made, but not scored.
    """

    number: int
    target_subject: str
    driver_subject: str
    frames: tuple[int, ...]
    lead: int = 0


def target_file(number: int) -> str:
    """Where a pair's target lies in the folder."""
    return f"targets/{number:04d}.png"


def driving_file(number: int, place: int) -> str:
    """Where a picture of a pair's driver lies in the folder. place: from 0, those before the frames to be reenacted among them."""
    return f"drivers/{number:04d}/{place:06d}.png"


class ExportedTestSet:
    """Reads an exported test set. Its files are checked at once, where their hashes are known.

    kind: "selftest" or "crosstest". size: side of all pictures, pixels. sha256: of the list that it was made from, or, where that is not
    named, of what testset.json holds. pairs: in the list's order.

    Such a folder can be made by hand. It needs

    - testset.json: {"format": "reenact-testset", "version": 1, "kind": "crosstest", "size": 256,
      "pairs": [{"target_subject": "a", "driver_subject": "b", "frames": [0, 1, 2]}]}
    - targets/0000.png, the target of the first pair, and drivers/0000/000000.png, 000001.png, 000002.png, its driving frames in their
      order: `size` × `size` pixels each; 0001 is the second pair, and so on.

    In SelfTest the driving frames are the truth. Optional are: in a pair "number", which names its files (its place in the list otherwise),
    and "lead" (see `Pair`, 0 otherwise); "sha256" of the list; "files", the SHA-256 of each file by its path in the folder; and
    landmarks.csv with the columns file, x0, y0, ... x67, y67, a row for each picture, pixels.

    ReenactError: the folder is no such test set or of another version, or a file is missing, changed, or of another size.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        path = self.folder / DESCRIPTION
        about = read_json(path, f"name the folder of a test set, or {REMEDY}")
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise ReenactError(f'{path} does not describe a test set (its "format" is not "{FORMAT}"); {REMEDY}')
        if about.get("version") != VERSION:
            raise ReenactError(f"{path} is of version {about.get('version')}, and this program reads version {VERSION}; {REMEDY}")
        with reading(path, REMEDY, LookupError, TypeError, ValueError):
            self.kind = _kind(about["kind"])
            self.size = _count(about["size"], "size", 1)
            self.pairs = _pairs(about["pairs"])
            self.sha256 = str(about.get("sha256") or sha256_json(about))
            hashes = {str(name): str(digest) for name, digest in about.get("files", {}).items()}
        self._by_number = {pair.number: pair for pair in self.pairs}
        self._check_files(hashes)

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
        if missing := [name for name in names if name not in self._landmarks]:
            raise ReenactError(f"{self.folder / LANDMARKS} has no row for {missing[0]}; add it, remove the whole file, or {REMEDY}")
        return images, np.stack([self._landmarks[name] for name in names])

    def _picture(self, path: Path) -> np.ndarray:
        image = read_picture(path)
        if image.shape != (self.size, self.size, 3):
            height, width = image.shape[:2]
            raise ReenactError(
                f"{path} is {width}×{height}, and {DESCRIPTION} says {self.size}×{self.size}; make it of that size, or {REMEDY}"
            )
        return image

    @cached_property
    def _landmarks(self) -> dict[str, np.ndarray] | None:
        """Landmarks (68, 2) float32 by the picture's path in the folder, or None where the file is absent."""
        path = self.folder / LANDMARKS
        if not path.exists():
            return None
        types = {"file": pa.string()} | dict.fromkeys(LANDMARK_COLUMNS, pa.float32())
        options = pyarrow.csv.ConvertOptions(column_types=types, include_columns=list(types))
        with reading(path, f"mend it, or {REMEDY}", *DAMAGE):
            table = pyarrow.csv.read_csv(path, convert_options=options)
            points = np.column_stack([table[name].to_numpy() for name in LANDMARK_COLUMNS]).reshape(-1, POINTS, 2)
            if not np.isfinite(points).all():
                raise ValueError("a coordinate is missing or not finite")
        return dict(zip(table["file"].to_pylist(), points, strict=True))

    def _check_files(self, hashes: dict[str, str]) -> None:
        """ReenactError where a picture is missing, or a file does not have its hash."""
        for name, digest in hashes.items():
            if sha256_file(self.folder / name, f"copy the whole folder anew, or {REMEDY}") != digest:
                raise ReenactError(
                    f'{self.folder / name} was changed: it lacks the hash in {DESCRIPTION}; {REMEDY}, or remove "files" from {DESCRIPTION}'
                )
        for pair in self.pairs:
            pictures = [driving_file(pair.number, place) for place in range(pair.lead + len(pair.frames))]
            for name in {target_file(pair.number), *pictures} - hashes.keys():
                require_file(self.folder / name, f"put it there (see {DESCRIPTION}), or {REMEDY}")


def _kind(value: Any) -> Kind:
    for kind in KINDS:
        if value == kind:
            return kind
    raise ValueError(f'"kind" is not one of {", ".join(KINDS)}')


def _pairs(entries: Any) -> list[Pair]:
    pairs = [
        Pair(
            _count(entry.get("number", place), "number", 0),
            str(entry["target_subject"]),
            str(entry["driver_subject"]),
            tuple(_count(frame, "frames", 0) for frame in entry["frames"]),
            _count(entry.get("lead", 0), "lead", 0),
        )
        for place, entry in enumerate(entries)
    ]
    if not pairs or not all(pair.frames for pair in pairs):
        raise ValueError("it has no pair, or a pair without frames")
    if len({pair.number for pair in pairs}) < len(pairs):
        raise ValueError("two pairs have one number")
    return pairs


def _count(value: Any, name: str, least: int) -> int:
    if type(value) is not int or value < least:
        raise ValueError(f'"{name}" is {value!r}, not a whole number from {least} on')
    return value
