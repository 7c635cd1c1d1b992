"""What somebody's method made of a test set: its files, and whether they are exactly what was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from reenact.errors import ReenactError
from reenact.evaluation.result_files import LOSSLESS, PICTURES, VIDEOS, Asked, Folder, PairFiles, Strip, Video, count_of
from reenact.files import reading

MOST_LISTED = 10
# What desktops leave in folders that they show.
LEFT_BY_DESKTOPS = {".DS_Store", ".directory", "Thumbs.db", "desktop.ini"}
# 0000, 0000--0000 (LivePortrait: target--driver), 0000.mp4-0000.png (first-order-model: driver-target).
NAME = re.compile(r"(\d+)(?:\.\w+)?(?:--?(\d+)(?:\.\w+)?)?")
COMPARISON = "_concat"


class AskedSet(Protocol):
    """What results must fit: the pairs of a test set, and the side of its pictures, pixels."""

    @property
    def size(self) -> int: ...
    @property
    def pairs(self) -> Sequence[Asked]: ...


class ExternalMethod:
    """The results of a method. name: the method's. folder: its results. testset: what they must fit.

    For each pair `folder` has one of
    - 0000/: PNG or JPEG files in the order of the numbers in their names, which leave none out: they go on in equal steps, or as the
      numbers of the pair's frames do;
    - 0000.mp4, .mov, .mkv, .avi or .webm, of 25 frames/s; also LivePortrait's name 0000--0000.mp4;
    - 0000.png: the frames side by side; also first-order-model's name 0000.mp4-0000.png.png.
    Numbers need no leading zeros, and links are followed. The frames are those of the exported driver, with what leads them
    (`testsets.exported.Pair`). ReenactError: there is no such folder.
    """

    def __init__(self, name: str, folder: Path, testset: AskedSet) -> None:
        self.name, self.folder, self.size = name, Path(folder), testset.size
        self._asked = {pair.number: pair for pair in testset.pairs}
        self._results: dict[int, list[PairFiles]] = {}
        self._strangers: list[str] = []
        self._comparisons: list[str] = []
        for path in _listed(self.folder):
            self._take(path)

    def check(self) -> None:
        """Decode everything. One ReenactError names all that is wrong, so that nothing is scored by halves."""
        found = list(self._problems())
        if not found:
            return
        listed = found[:MOST_LISTED]
        if len(found) > MOST_LISTED:
            listed.append(f"and {len(found) - MOST_LISTED} more")
        lines = "".join(f"\n  - {line}" for line in listed)
        raise ReenactError(f"{self.folder}: the results of {self.name} do not fit the test set:{lines}\nmend them, then score again")

    def frames(self, number: int) -> np.ndarray:
        """A pair's results (F, S, S, 3) uint8 RGB, one for each frame to be reenacted. ReenactError where they do not fit (`check`)."""
        asked, result = self._asked[number], self._result(number)
        with reading(result.path, "see that it has the frames asked for", ValueError):
            images = result.read(self.size)
        if images.shape[:3] != (count_of(asked), self.size, self.size):
            raise ReenactError(f"{result.path} does not have the frames asked for; make it again")
        return images[asked.lead :]

    @property
    def image_format(self) -> str:
        """What the pictures were kept as: "PNG", "JPEG", "video h264 yuv420p" and so on, joined by " and " where pairs differ."""
        return " and ".join(sorted(self._formats))

    @property
    def lossy_formats(self) -> set[str]:
        """Those of `image_format` whose compression loses something."""
        return {words for words in self._formats if not LOSSLESS.fullmatch(words)}

    @cached_property
    def _formats(self) -> set[str]:
        return set[str]().union(*(self._result(number).image_formats() for number in self._asked))

    def sha256(self, number: int) -> str:
        """SHA-256 of the bytes of a pair's files, one after another in the order of the frames."""
        return self._result(number).sha256()

    def _result(self, number: int) -> PairFiles:
        results = self._results.get(number, [])
        if len(results) != 1:
            raise ReenactError(f"{self.folder} has {len(results)} results of pair {number:04d}, not one; see to its files")
        return results[0]

    def _take(self, path: Path) -> None:
        """Note whose results a file or folder holds."""
        stem = path.name if path.is_dir() else path.stem
        made = _result_at(path)
        match = NAME.fullmatch(stem)
        if stem.endswith(COMPARISON):
            self._comparisons.append(path.name)
        elif made is None or match is None:
            self._strangers.append(f"{path.name} is the result of no pair (those are named 0000/ or 0000.mp4, for example); remove it")
        elif match[2] is not None and int(match[1]) != int(match[2]):
            self._strangers.append(f"{path.name} is of target and driver of different pairs; remove it")
        elif int(match[1]) not in self._asked:
            self._strangers.append(
                f"{path.name}: the test set has no pair {int(match[1])}; remove it, or choose the test set that it was made from"
            )
        else:
            self._results.setdefault(int(match[1]), []).append(made)

    def _problems(self) -> Iterator[str]:
        if self._comparisons:
            yield (
                f"{_some(self._comparisons)}: three pictures side by side, which LivePortrait writes for a look; "
                f"remove them (rm *{COMPARISON}.*)"
            )
        yield from self._strangers
        if missing := [f"{number:04d}" for number in self._asked if number not in self._results]:
            yield f"there are no results of {'pair' if len(missing) == 1 else f'{len(missing)} pairs:'} {_some(missing)}"
        for number, results in sorted(self._results.items()):
            if len(results) > 1:
                yield f"pair {number:04d} is there more than once: {_some(result.path.name for result in results)}; keep one"
                continue
            try:
                yield from results[0].problems(self._asked[number], self.size)
            except ReenactError as error:
                yield str(error)


def _result_at(path: Path) -> PairFiles | None:
    """The result that a path may be, by its name; None where it is none."""
    if path.is_dir():
        return Folder(path, _listed(path))
    if path.suffix.lower() in VIDEOS:
        return Video(path)
    return Strip(path) if path.suffix.lower() in PICTURES else None


def _listed(folder: Path) -> list[Path]:
    """What a folder holds, by name, without what desktops leave."""
    with reading(folder, "name the folder with a method's results"):
        return sorted(path for path in folder.iterdir() if path.name not in LEFT_BY_DESKTOPS and not path.name.startswith("._"))


def _some(names: Iterable[str]) -> str:
    """The first names of many, in words."""
    listed = list(names)
    rest = len(listed) - MOST_LISTED
    return ", ".join(listed[:MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")
