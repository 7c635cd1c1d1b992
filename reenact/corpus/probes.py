"""Content hash and headers of video files, remembered so that a second look at a file costs nothing."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reenact.files import UnreadableFile, require_file, sha256_file
from reenact.progress import progress
from reenact.video.probe import UnreadableVideo, probe

# Raised whenever a Probe's fields change their meaning, so that what was remembered before is not used.
VERSION = 2
BATCH = 200  # files that are looked at between two commits
MOST_THREADS = 8


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

    A file whose path, size and modification time are those of an earlier look is not opened again; what was looked at is
    remembered in `state_dir` as it comes, so that a long first look can be broken off and goes on where it was.
    Raises ReenactError where a file does not exist.
    """
    with _memory(state_dir / f"probes-{VERSION}.sqlite") as memory:
        stats = [_stat(path) for path in paths]
        found: dict[int, Probe] = {index: stat for index, stat in enumerate(stats) if isinstance(stat, Probe)}
        for index, (path, stat) in enumerate(zip(paths, stats, strict=True)):
            if index not in found and (known := _recall(memory, path, stat)):
                found[index] = known
        missing = [index for index in range(len(paths)) if index not in found]
        with _threads() as threads:
            looks = _looks(threads, paths, stats, missing)
            if show_progress and missing:
                looks = progress(looks, total=len(missing), what="Looking at videos", unit="clips")
            for count, (index, look) in enumerate(looks, 1):
                found[index] = look
                _remember(memory, paths[index], stats[index], look)
                if count % BATCH == 0:
                    memory.commit()
        return [found[index] for index in range(len(paths))]


def _looks(
    threads: ThreadPoolExecutor, paths: Sequence[Path], stats: Sequence[os.stat_result], wanted: Sequence[int]
) -> Iterator[tuple[int, Probe]]:
    """The files numbered `wanted`, a batch at a time: a million waiting calls would take gigabytes."""
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


@contextmanager
def _memory(path: Path) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=60)) as memory:
        memory.execute("CREATE TABLE IF NOT EXISTS probes (path TEXT PRIMARY KEY, bytes INTEGER, mtime_ns INTEGER, probe TEXT)")
        try:
            yield memory
        finally:
            memory.commit()


def _recall(memory: sqlite3.Connection, path: Path, stat: os.stat_result) -> Probe | None:
    row = memory.execute("SELECT bytes, mtime_ns, probe FROM probes WHERE path = ?", (os.path.abspath(path),)).fetchone()
    return Probe(**json.loads(row[2])) if row and row[:2] == (stat.st_size, stat.st_mtime_ns) else None


def _remember(memory: sqlite3.Connection, path: Path, stat: os.stat_result, probe: Probe) -> None:
    # What is denied today may be allowed tomorrow without the file's changing.
    if probe.sha256 is not None:
        row = (os.path.abspath(path), stat.st_size, stat.st_mtime_ns, json.dumps(vars(probe)))
        memory.execute("INSERT OR REPLACE INTO probes VALUES (?, ?, ?, ?)", row)
