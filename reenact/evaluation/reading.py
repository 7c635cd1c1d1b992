"""What is read off all clips of a test set. Several processes share the work, and what was read is kept: a killed evaluation goes on."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from zipfile import BadZipFile

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

import reenact
from reenact.errors import ReenactError
from reenact.evaluation.face_finder import alignment, find_faces
from reenact.files import atomic_path
from reenact.metrics.base import Clip, Reader

FACES = "faces"  # the landmarks and whether they were found, which all readers are given
# Clips that wait for each process: pictures of all would not fit in memory.
WAITING = 2
# Folders whose code decides what is read.
SOURCES = ("metrics", "faces", "face3d", "evaluation")


class Pictures(NamedTuple):
    """A clip that is to be read. images: (F, S, S, 3) uint8 RGB. stand_in: as `find_faces` has it.

    driving, is_truth: as in `metrics.base.Clip`.
    """

    images: np.ndarray
    stand_in: np.ndarray | None
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
    reader says of itself and of the code that decides it. also: such folders of others, where something may be known already; they stay as
    they are.
    """

    def __init__(self, readers: Mapping[str, Reader], kept: Path, workers: int = 1, also: Sequence[Path] = ()) -> None:
        self._work = _Work(dict(readers), {name: _hash(reader.about()) for name, reader in readers.items()}, kept, tuple(also))
        self.workers, self._used = workers, set[str]()
        # Spawned: a fork would copy PyTorch's threads in whatever state they are.
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _one_thread) if workers > 1 else None

    def read(self, clips: Iterable[Pictures]) -> Iterator[Reading]:
        """Read clips, in their order. They are taken from the iterable as processes become free.

        ReenactError: one of the processes was ended from outside.
        """
        if self._pool is None:
            yield from (self._taken(self._work(clip)) for clip in clips)
            return
        try:
            yield from self._shared(clips, self._pool)
        except BrokenProcessPool as error:
            raise ReenactError(
                "a process that reads faces was ended, probably for lack of memory; start the same command with fewer of them "
                "(--workers 1): what was read so far is kept"
            ) from error

    def _shared(self, clips: Iterable[Pictures], pool: ProcessPoolExecutor) -> Iterator[Reading]:
        waiting: list[Future] = []
        for clip in clips:
            waiting.append(pool.submit(self._work, clip))
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


def _one_thread() -> None:
    """Keep a process to one thread: those of several processes would wait for each other, and take twice the time of one process."""
    os.environ["OMP_NUM_THREADS"] = "1"  # for what is loaded later, as PyTorch is
    threadpool_limits(1)
    cv2.setNumThreads(1)


@dataclass(frozen=True)
class _Work:
    """What a process does with a clip."""

    readers: Mapping[str, Reader]
    identities: Mapping[str, str]
    kept: Path
    also: tuple[Path, ...]

    def __call__(self, clip: Pictures) -> tuple[Reading, list[str]]:
        files = self._files(clip)
        faces = self._known(files[FACES])
        if faces is None:
            landmarks, found = find_faces(clip.images, clip.stand_in)
            faces = {"landmarks": landmarks, "found": found}
            _save(files[FACES], faces)
        seen = Clip(clip.images, faces["landmarks"], faces["found"], clip.driving, clip.is_truth)
        readings: dict[str, np.ndarray] = {}
        for name, reader in self.readers.items():
            known = self._known(files[name])
            if known is None:
                known = reader.read(seen)
                _save(files[name], known)
            readings |= known
        return Reading(faces["landmarks"], faces["found"], readings), [path.name for path in files.values()]

    def _known(self, path: Path) -> dict[str, np.ndarray] | None:
        return next((found for folder in (self.kept, *self.also) if (found := _load(folder / path.name)) is not None), None)

    def _files(self, clip: Pictures) -> dict[str, Path]:
        """Where what each reader reads is kept."""
        alone = _pictures_hash(clip)
        compared = alone if clip.driving is None else _hash([alone, clip.is_truth, _clip_hash(clip.driving)])
        names = {name: [compared if reader.compares else alone, name, self.identities[name]] for name, reader in self.readers.items()}
        return {
            name: self.kept / f"{_hash([*parts, _code()])}.npz" for name, parts in (names | {FACES: [alone, FACES, alignment()]}).items()
        }


def _load(path: Path) -> dict[str, np.ndarray] | None:
    # One that is damaged, or somebody else's alone, is read anew, as one that is not there.
    with suppress(BadZipFile, ValueError, EOFError, OSError), np.load(path) as file:
        return dict(file)
    return None


def _save(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    with atomic_path(path) as part, part.open("wb") as file:
        np.savez(file, **dict(arrays))  # type: ignore[arg-type]  # its other argument has no name that a reading has


def _pictures_hash(clip: Pictures) -> str:
    return _array_hash(clip.images, np.empty(0) if clip.stand_in is None else clip.stand_in)


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
