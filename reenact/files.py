"""Atomic writes and content hashes."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from reenact.errors import ReenactError

SECONDS_A_DAY = 86_400


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well, and is removed when it does not.

    What a writer of the same path left that was killed is removed first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_orphans(path)
    # The suffix stays last, because ffmpeg and others choose the format by it; process and machine keep two writers apart.
    part = path.with_name(f".{path.stem}.{os.getpid()}@{platform.node()}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _remove_orphans(path: Path) -> None:
    """Remove the temporary files of `path` whose writers are gone."""
    name = re.compile(rf"\.{re.escape(path.stem)}\.(\d+)@(.+)\.part{re.escape(path.suffix)}")
    for entry in os.scandir(path.parent):
        if (match := name.fullmatch(entry.name)) and _is_orphan(path.with_name(entry.name), int(match[1]), match[2]):
            path.with_name(entry.name).unlink(missing_ok=True)


def _is_orphan(part: Path, process: int, machine: str) -> bool:
    if machine != platform.node():  # whose processes cannot be asked for from here
        with suppress(FileNotFoundError):
            return time.time() - part.stat().st_mtime > SECONDS_A_DAY
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's
        pass
    return False


@contextmanager
def written(path: Path) -> Iterator[None]:
    """What the operating system refuses while `path`, which a person named, is written, as a ReenactError."""
    try:
        yield
    except OSError as error:
        raise ReenactError(f"{path} cannot be written ({error.strerror or error}); choose another place, or make room there") from error


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON with a stable key order kept as given; NaN and infinity are errors. ReenactError: the disk is full."""
    with written(path), atomic_path(path) as part:
        part.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """The value of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 of a JSON value written with sorted keys, so that equal values have equal hashes."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def sha256_files(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file under its path relative to `root`."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in paths}
