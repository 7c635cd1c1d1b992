"""What LMTest is made of, listed with its hashes: neutral photographs, a video of one performer, and a face model of one's own."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.face3d.facemodel.ictfacekit import model_files
from reenact.face3d.facemodel.load import ANNY
from reenact.files import UnreadableFile, read_json, reading, require_file, require_utf8_name, sha256_file, write_json
from reenact.workspace import LMTEST_INPUTS

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """portraits: the photographs' paths in the order of their names. performer: the video. None where it is to be rendered."""

    portraits: list[Path] | None
    performer: Path | None


def list_inputs(params: Params, root: Path) -> bool:
    """Write data/testsets/inputs.json: the SHA-256 of every photograph, of the video and of the face model's files.

    Returns whether it changed; an unchanged file is not written. Relative paths begin at `root`. ReenactError: a folder or the video is
    missing, or a folder is empty.
    """
    _, listed = _listed(params, root)
    path = root / LMTEST_INPUTS
    with suppress(ReenactError):  # a missing or damaged file is written again
        if read_json(path) == listed:
            return False
    write_json(path, listed)
    return True


def listed_inputs(params: Params, root: Path) -> Inputs:
    """The photographs and the video as they were listed; ReenactError where a file came, went or changed since."""
    path = root / LMTEST_INPUTS
    remedy = "run `reenact manifest` to list LMTest's photographs and video"
    before = read_json(path, remedy)
    found, listed = _listed(params, root)
    for key, hashes in listed.items():
        with reading(path, remedy, LookupError, TypeError):
            as_listed = hashes == before[key]
        if not as_listed:
            raise ReenactError(f"{key}: the files are not those that {path} lists; run `reenact manifest` to list them anew")
    return found


def _listed(params: Params, root: Path) -> tuple[Inputs, dict[str, dict[str, str] | None]]:
    """What is there, and the SHA-256 of each file by its name below the parameter that names it."""
    config = params.testsets
    found = Inputs(
        None if config.portraits is None else _files(root / config.portraits),
        None if config.performer is None else _video(root / config.performer),
    )
    model = None if params.face_model == ANNY else sorted(model_files(root / params.face_model).values())
    return found, {
        "testsets.portraits": None if found.portraits is None else {path.name: _hash_or_reason(path) for path in found.portraits},
        "testsets.performer": None if found.performer is None else {found.performer.name: sha256_file(found.performer)},
        "face_model": None if model is None else {path.name: sha256_file(path) for path in model},
    }


def _hash_or_reason(photograph: Path) -> str:
    """A photograph's SHA-256, or why it cannot be read. Such a photograph is left out, and counted, when LMTest is built.

    ReenactError where it is no file, or a link to nothing.
    """
    try:
        require_file(photograph, "remove it, or put a photograph in its place")
        return sha256_file(photograph)
    except UnreadableFile as error:
        log.warning("%s", error)
        return error.reason


def _files(folder: Path) -> list[Path]:
    with reading(folder, "set testsets.portraits to a folder with neutral photographs, or to null to render portraits"):
        if not folder.is_dir():
            raise ReenactError(f"testsets.portraits: {folder} is no folder; name one with neutral photographs, or null to render portraits")
        files = sorted(path for path in folder.iterdir() if not _is_folder(path) and not path.name.startswith("."))
    for path in files:
        require_utf8_name(path)
    if not files:
        raise ReenactError(f"testsets.portraits: {folder} holds no file; put one photograph of each person into it")
    return files


def _is_folder(path: Path) -> bool:
    """Whether it is a folder. A path that the system refuses is none, so that it is listed with its error."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _video(path: Path) -> Path:
    with reading(path, "set testsets.performer to a video, or to null to render one"):
        if not path.is_file():
            raise ReenactError(f"testsets.performer: there is no video {path}; name one, or null to render one")
    return path
