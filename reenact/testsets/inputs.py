"""What LMTest is made of, listed with its hashes: neutral photographs, a video of one performer, and a face model of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reenact.errors import ReenactError
from reenact.faces.facemodel.ictfacekit import model_files
from reenact.faces.facemodel.load import ANNY
from reenact.files import read_json, sha256_file, write_json
from reenact.params import Params
from reenact.workspace import LMTEST_INPUTS


@dataclass(frozen=True)
class Inputs:
    """portraits: the photographs' paths in the order of their names. performer: the video. None where it is to be rendered."""

    portraits: list[Path] | None
    performer: Path | None


def list_inputs(params: Params, root: Path) -> bool:
    """Write data/testsets/inputs.json, the SHA-256 of every photograph, of the video and of the face model's files, where it changed.

    Whether it did. Relative paths begin at `root`. ReenactError: a folder or a video that is not there, or a folder without a file.
    """
    _, listed = _listed(params, root)
    path = root / LMTEST_INPUTS
    if path.is_file() and read_json(path) == listed:
        return False
    write_json(path, listed)
    return True


def listed_inputs(params: Params, root: Path) -> Inputs:
    """The photographs and the video as they were listed; ReenactError where a file came, went or changed since."""
    path = root / LMTEST_INPUTS
    if not path.is_file():
        raise ReenactError(f"{path} is missing; run `reenact manifest` to list LMTest's photographs and video")
    before = read_json(path)
    found, listed = _listed(params, root)
    for key, hashes in listed.items():
        if hashes != before[key]:
            raise ReenactError(f"{key}: the files are not those that {path} lists; run `reenact manifest` to list them anew")
    return found


def _listed(params: Params, root: Path) -> tuple[Inputs, dict[str, dict[str, str] | None]]:
    """What is there, and the SHA-256 of each file by its name below the parameter that names it."""
    config = params.testsets
    found = Inputs(
        None if config.portraits is None else _files(root / config.portraits),
        None if config.performer is None else _video(root / config.performer),
    )
    files = {
        "testsets.portraits": found.portraits,
        "testsets.performer": None if found.performer is None else [found.performer],
        "face_model": None if params.face_model == ANNY else sorted(model_files(root / params.face_model).values()),
    }
    return found, {key: None if paths is None else {path.name: sha256_file(path) for path in paths} for key, paths in files.items()}


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ReenactError(f"testsets.portraits: {folder} is no folder; name one with neutral photographs, or null to render portraits")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise ReenactError(f"testsets.portraits: {folder} holds no file; put one photograph of each person into it")
    return files


def _video(path: Path) -> Path:
    if not path.is_file():
        raise ReenactError(f"testsets.performer: there is no video {path}; name one, or null to render one")
    return path
