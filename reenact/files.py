"""Reading and writing files: errors name the file, writes are atomic, contents have hashes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from reenact.errors import ReenactError

SECONDS_A_DAY = 86_400
KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
MENDS = {
    errno.EACCES: "change its permissions",
    errno.EPERM: "change its permissions",
    errno.ELOOP: "mend the link",
    errno.ENAMETOOLONG: "shorten its name",
}
MADE_BY_A_COMMAND = "run the command that makes it first (`reenact --help` lists them in order)"


class UnreadableFile(ReenactError):
    """A file or folder that the system refuses to read.

    `reason` says why in the system's words, such as "permission denied" or "input/output error".
    """

    def __init__(self, path: Path, error: OSError, remedy: str) -> None:
        self.reason = os.strerror(error.errno or 0).lower()
        super().__init__(f"{path} cannot be read ({self.reason}): {MENDS.get(error.errno or 0, 'see to its disk')}, or {remedy}")


@contextmanager
def reading(path: Path, remedy: str, *damage: type[Exception]) -> Iterator[None]:
    """Turn errors of reading `path`, a user's file or folder, into a ReenactError that names it and ends with `remedy`.

    It is an UnreadableFile where the system refuses. `damage`: what the library that reads the file raises for damaged content. Nothing but
    reading may stand in the block.
    """
    try:
        yield
    except ReenactError:
        raise
    except FileNotFoundError as error:
        raise ReenactError(f"{path} is missing; {remedy}") from error
    except OSError as error:
        if error.errno is not None:
            raise UnreadableFile(path, error, remedy) from error
        if not isinstance(error, damage):  # libraries raise it for damage, without a number
            raise
        raise _damaged(path, error, remedy) from error
    except damage as error:
        raise _damaged(path, error, remedy) from error


def _damaged(path: Path, error: Exception, remedy: str) -> ReenactError:
    said = f"it lacks {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
    return ReenactError(f"{path} is damaged ({said}); {remedy}")


def require_file(path: Path, remedy: str) -> os.stat_result:
    """The status of a file, links followed; ReenactError where there is none, or something that is no file, such as a pipe."""
    return _required(path, stat.S_IFREG, remedy)


def _required(path: Path, kind: int, remedy: str) -> os.stat_result:
    with reading(path, remedy):
        found = path.stat()
    if (is_of := stat.S_IFMT(found.st_mode)) != kind:
        raise ReenactError(f"{path} is {KINDS.get(is_of, 'no file')}; {remedy}")
    return found


def require_utf8_name(path: Path) -> None:
    """ReenactError where a name is not UTF-8, as no text file could hold it."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ReenactError(f"{str(path)!r}: the name is not UTF-8; rename it") from None


def require_utf8_names() -> None:
    """ReenactError where the locale does not encode files' names as UTF-8: under another locale the files would have other names."""
    if (encoding := sys.getfilesystemencoding()) != "utf-8":
        raise ReenactError(f"this shell's locale takes the names of files for {encoding}, not UTF-8; type: export LC_ALL=C.UTF-8")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well, and is removed when it does not.

    What a killed writer of the same path left is removed first. ReenactError: the system refuses, as where the disk is full.
    """
    # The suffix stays last, because ffmpeg and others choose the format by it; process and machine keep two writers apart.
    part = path.with_name(f".{path.stem}.{os.getpid()}@{platform.node()}.part{path.suffix}")
    with written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_orphans(path)
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
    if machine != platform.node():  # its processes cannot be seen from here
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
    """Turn what the operating system refuses while a user's `path` is written into a ReenactError."""
    try:
        yield
    except OSError as error:
        raise ReenactError(f"{path} cannot be written ({error.strerror or error}); choose another place, or make room there") from error


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, its keys in the order given; NaN and infinity are errors. ReenactError: the disk is full."""
    with atomic_path(path) as part:
        part.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path, remedy: str = MADE_BY_A_COMMAND) -> Any:
    """The value of a JSON file; ReenactError that ends with `remedy` where there is none."""
    require_file(path, remedy)
    with reading(path, remedy, ValueError, RecursionError):
        return json.loads(path.read_text(encoding="utf-8"))


def sha256_file(path: Path, remedy: str = "put another file in its place") -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits; ReenactError, with `remedy`, where it is gone or cannot be read."""
    with reading(path, remedy), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 of a JSON value written with sorted keys, so that equal values have equal hashes."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def sha256_files(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file that a command made, under its path relative to `root`; ReenactError where one is gone."""
    return {path.relative_to(root).as_posix(): sha256_file(path, MADE_BY_A_COMMAND) for path in paths}
