"""Content hash and headers of video files, remembered so that a second look at a file costs nothing."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reenact.files import UnreadableFile, require_file, sha256_file
from reenact.progress import progress
from reenact.video.probe import UnreadableVideo, probe

log = logging.getLogger(__name__)
# Raised whenever a Probe's fields change their meaning, so that what was remembered before is not used.
VERSION = 2
BATCH = 200  # files that are looked at between two commits
MOST_THREADS = 8
BUSY_SECONDS = 60.0
# What SQLite says of a file that is no database, a damaged one, and one with other tables.
DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}


@dataclass(frozen=True)
class Probe:
    """What a video file is: size in bytes, SHA-256, duration in seconds, frames per second, and the upright picture's size in pixels.

    `problem` says why the file cannot be read as a video; all but `bytes` and `sha256` are then None, and `sha256` too where
    not even the bytes can be read.
    """

    bytes: int
    sha256: str | None
    duration: float | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    has_audio: bool | None = None
    problem: str | None = None


def probe_files(paths: Sequence[Path], state_dir: Path, *, show_progress: bool) -> list[Probe]:
    """The Probe of each file, in the order given; several are read at once.

    A file whose path, size and modification time have not changed is not opened again. Results are stored in `state_dir` as they come, so
    that a long first run can be interrupted and goes on where it was. Raises ReenactError where a file does not exist.
    """
    with closing(_Memory(state_dir / f"probes-{VERSION}.sqlite")) as memory:
        asked = [_stat(path) for path in paths]
        found = {index: answer for index, answer in enumerate(asked) if isinstance(answer, Probe)}
        stats = {index: answer for index, answer in enumerate(asked) if not isinstance(answer, Probe)}
        for index, stat in stats.items():
            if known := memory.recall(paths[index], stat):
                found[index] = known
        missing = [index for index in range(len(paths)) if index not in found]
        with _threads() as threads:
            looks = _looks(threads, paths, stats, missing)
            if show_progress and missing:
                looks = progress(looks, total=len(missing), what="Looking at videos", unit="clips")
            for count, (index, look) in enumerate(looks, 1):
                found[index] = look
                memory.remember(paths[index], stats[index], look)
                if count % BATCH == 0:
                    memory.commit()
        return [found[index] for index in range(len(paths))]


def _looks(
    threads: ThreadPoolExecutor, paths: Sequence[Path], stats: Mapping[int, os.stat_result], wanted: Sequence[int]
) -> Iterator[tuple[int, Probe]]:
    """The Probes of the files numbered `wanted`, batch by batch: a million waiting calls would take gigabytes."""
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        yield from zip(batch, threads.map(_look_at, [paths[i] for i in batch], [stats[i].st_size for i in batch]), strict=True)


def _look_at(path: Path, size: int) -> Probe:
    try:
        sha256 = sha256_file(path)
    except UnreadableFile as error:
        return Probe(size, None, problem=error.reason)
    try:
        info = probe(path)
    except UnreadableVideo as error:
        return Probe(size, sha256, problem=error.reason)
    return Probe(size, sha256, info.duration, info.fps, info.width, info.height, info.has_audio)


def _stat(path: Path) -> os.stat_result | Probe:
    """A file's status, or its Probe where the system gives none. ReenactError: it is gone, or no file any more."""
    try:
        return require_file(path, "put the video back, or run `reenact manifest` again")
    except UnreadableFile as error:
        return Probe(0, None, problem=error.reason)


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    threads = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1))
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


class _Memory:
    """The Probes of earlier runs. They only save time: a damaged file is replaced, and if SQLite fails otherwise, nothing is stored."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        with self._unharmed():
            self._open()

    def recall(self, path: Path, stat: os.stat_result) -> Probe | None:
        """The Probe of a file that has not changed since it was remembered."""
        row = None
        with self._unharmed():
            if self._connection is not None:
                query = "SELECT bytes, mtime_ns, probe FROM probes WHERE path = ?"
                row = self._connection.execute(query, (os.path.abspath(path),)).fetchone()
        if not row or row[:2] != (stat.st_size, stat.st_mtime_ns):
            return None
        try:
            return Probe(**json.loads(row[2]))
        except (ValueError, TypeError):  # damaged: looked at again, and written anew
            return None

    def remember(self, path: Path, stat: os.stat_result, probe: Probe) -> None:
        """Store a file's Probe, unless the file could not be read: that may change without the file's changing."""
        if probe.sha256 is not None:
            row = (os.path.abspath(path), stat.st_size, stat.st_mtime_ns, json.dumps(vars(probe)))
            with self._unharmed():
                if self._connection is not None:
                    self._connection.execute("INSERT OR REPLACE INTO probes VALUES (?, ?, ?, ?)", row)

    def commit(self) -> None:
        with self._unharmed():
            if self._connection is not None:
                self._connection.commit()

    def close(self) -> None:
        self.commit()
        self._give_up()

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        """Errors of SQLite or of the system in the block become warnings."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in DAMAGED:
                log.warning("%s is damaged (%s): it is made anew, and the videos are looked at again.", self._path, error)
                self._begin_anew()
            else:
                self._say_that_nothing_is_remembered(error)

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS)
        self._connection.execute("CREATE TABLE IF NOT EXISTS probes (path TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, probe TEXT)")

    def _begin_anew(self) -> None:
        try:
            for suffix in ("", "-journal"):  # a journal of the old file would be played back into the new one
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._open()
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            self._say_that_nothing_is_remembered(error)

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _say_that_nothing_is_remembered(self, error: Exception) -> None:
        log.warning("%s cannot be used (%s): what is found out about the videos is not remembered.", self._path, error)
