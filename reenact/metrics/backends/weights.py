"""The files of networks' weights, each checked by its SHA-256 before anything is read from it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from reenact.errors import ReenactError
from reenact.files import require_file, sha256_file

SHA256_LENGTH = 64


def checked(path: Path, sha256: str, remedy: str) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits. `sha256`: what it must be, or its first digits.

    Raises ReenactError, which ends with `remedy`, where the file is missing, cannot be read or is another.
    """
    require_file(path, remedy)
    found = sha256_file(path, remedy)
    if not found.startswith(sha256):
        wanted = sha256 if len(sha256) == SHA256_LENGTH else f"one that begins with {sha256}"
        raise ReenactError(f"{path} is another file: its SHA-256 is {found}, not {wanted}; {remedy}")
    return found


def in_wheel(package: str, name: str, remedy: str) -> Path:
    """Where the file `name` of an installed package is, which is not imported. Raises ReenactError where the package is missing."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ReenactError(f"{name} is missing; {remedy}")
    return Path(spec.origin).parent / name


def named(path: Path, sha256: str) -> str:
    """A file of weights as cards name it."""
    return f"{path.name}, SHA-256 {sha256}"
