"""What is read off all clips of a test set. Several processes share the work, and what was read is kept: a killed evaluation goes on."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

import reenact
from reenact.evaluation.face_finder import alignment, find_faces
from reenact.files import atomic_path
from reenact.metrics.base import Clip, Reader

FACES = "faces"  # the landmarks and whether they were found, which all readers are given
# Clips that wait for each process: pictures of all would not fit in memory.
WAITING = 2
# Folders whose code decides what is read.
SOURCES = ("metrics", "faces", "face3d", "evaluation")


class Pictures(NamedTuple):
    """A clip that is to be read. images: (F, S, S, 3) uint8 RGB. near: landmarks where its faces should be (`find_faces`), or None.

    driving, is_truth: as in `metrics.base.Clip`.
    """

    images: np.ndarray
    near: np.ndarray | None
    driving: Clip | None = None
    is_truth: bool = False


@dataclass(frozen=True)
class Reading:
    """landmarks, found: as in `metrics.base.Clip`. readings: the readers' arrays by name."""

    landmarks: np.ndarray
    found: np.ndarray
    readings: Mapping[str, np.ndarray]


class ClipReader:
    """Reads clips in `workers` processes, because dlib holds Python's lock while it runs. A context manager.

    readers: by name. kept: the folder of what was read, in a file for each clip and reader, named by a hash of the pictures, of what the
    reader says of itself and of the code that decides it.
    """

    def __init__(self, readers: Mapping[str, Reader], kept: Path, workers: int = 1) -> None:
        self._work = _Work(dict(readers), {name: _hash(reader.about()) for name, reader in readers.items()}, kept)
        self.workers, self._used = workers, set[str]()
        # Spawned: a fork would copy PyTorch's threads in whatever state they are.
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) if workers > 1 else None

    def read(self, clips: Iterable[Pictures]) -> Iterator[Reading]:
        """Read clips, in their order. They are taken from the iterable as processes become free."""
        if self._pool is None:
            yield from (self._taken(self._work(clip)) for clip in clips)
            return
        waiting: list[Future] = []
        for clip in clips:
            waiting.append(self._pool.submit(self._work, clip))
            if len(waiting) > WAITING * self.workers:
                yield self._taken(waiting.pop(0).result())
        yield from (self._taken(each.result()) for each in waiting)

    def forget_others(self) -> None:
        """Remove what is kept of clips that this reader was not given."""
        for path in self._work.kept.glob("*.npz"):
            if path.name not in self._used:
                path.unlink(missing_ok=True)

    def _taken(self, found: tuple[Reading, list[str]]) -> Reading:
        reading, files = found
        self._used.update(files)
        return reading

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class _Work:
    """What a process does with a clip."""

    readers: Mapping[str, Reader]
    identities: Mapping[str, str]
    kept: Path

    def __call__(self, clip: Pictures) -> tuple[Reading, list[str]]:
        files = self._files(clip)
        faces = _load(files[FACES])
        if faces is None:
            landmarks, found = find_faces(clip.images, clip.near)
            faces = {"landmarks": landmarks, "found": found}
            _save(files[FACES], faces)
        seen = Clip(clip.images, faces["landmarks"], faces["found"], clip.driving, clip.is_truth)
        readings: dict[str, np.ndarray] = {}
        for name, reader in self.readers.items():
            known = _load(files[name])
            if known is None:
                known = reader.read(seen)
                _save(files[name], known)
            readings |= known
        return Reading(faces["landmarks"], faces["found"], readings), [path.name for path in files.values()]

    def _files(self, clip: Pictures) -> dict[str, Path]:
        """Where what each reader reads is kept."""
        alone = _pictures_hash(clip)
        compared = alone if clip.driving is None else _hash([alone, clip.is_truth, _clip_hash(clip.driving)])
        names = {name: [compared if reader.compares else alone, name, self.identities[name]] for name, reader in self.readers.items()}
        return {
            name: self.kept / f"{_hash([*parts, _code()])}.npz" for name, parts in (names | {FACES: [alone, FACES, alignment()]}).items()
        }


def _load(path: Path) -> dict[str, np.ndarray] | None:
    if not path.is_file():
        return None
    # A damaged file is read anew, as one that is not there.
    with suppress(BadZipFile, ValueError, EOFError), np.load(path) as file:
        return dict(file)
    return None


def _save(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    with atomic_path(path) as part, part.open("wb") as file:
        np.savez(file, **dict(arrays))  # type: ignore[arg-type]  # its other argument has no name that a reading has


def _pictures_hash(clip: Pictures) -> str:
    return _array_hash(clip.images, np.empty(0) if clip.near is None else clip.near)


def _clip_hash(clip: Clip) -> str:
    return _array_hash(clip.images, clip.landmarks)


def _array_hash(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype} ".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """A hash of the code that decides what is read."""
    (package,) = reenact.__path__
    files = [path for folder in SOURCES for path in sorted((Path(package) / folder).rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
