"""Which version of this package computed a figure: its number, and a hash of the code that decides figures."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import reenact

PACKAGE = "portrait-reenact"
FOLDERS = ("metrics", "face3d", "evaluation")
# Of `faces` what finds, cuts out and recognises a face in a picture. The rest follows faces through videos, before anything is scored.
FACES = (
    "__init__",
    "crop_settings",
    "detector",
    "dlib_file",
    "dlib_layers",
    "dlib_resnet",
    "embedding",
    "landmark_image",
    "landmarks",
    "layout68",
    "model_files",
    "normalise",
    "resample",
)
NOT_SCORING = ("evaluation/scoring_folder.py", "evaluation/speed.py")  # files that decide no figure
KINDS = (".py", ".json")  # which wheels have, too


@cache
def own_version() -> str:
    """The package's name and version with the hash of its code, in words. It is the same wherever the same package is installed."""
    return version_with(_code_hash())


def version_with(code: str) -> str:
    """The package's name and version, with the SHA-256 of code where it is not empty, in words."""
    return f"{PACKAGE} {version(PACKAGE)}{f', code SHA-256 {code}' if code else ''}"


def code_files() -> list[str]:
    """The files that decide figures, sorted, by their paths below the package."""
    (folder,) = reenact.__path__
    found = [path for name in FOLDERS for path in (Path(folder) / name).rglob("*") if path.suffix in KINDS]
    names = {path.relative_to(folder).as_posix() for path in found} - set(NOT_SCORING)
    return sorted(names | {f"faces/{name}.py" for name in FACES})


def _code_hash() -> str:
    (folder,) = reenact.__path__
    digest = hashlib.sha256()
    for name in code_files():
        digest.update(name.encode() + b"\0" + (Path(folder) / name).read_bytes() + b"\0")
    return digest.hexdigest()
