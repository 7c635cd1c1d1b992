"""What LMTest is fitted to, listed with its hashes: a folder of neutral photographs and a video of one performer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reenact.errors import ReenactError
from reenact.files import read_json, sha256_file, write_json
from reenact.params import Params
from reenact.workspace import LMTEST_INPUTS


@dataclass(frozen=True)
class Inputs:
    """portraits: the photographs' paths in the order of their names. performer: the video. None where it is to be rendered."""

    portraits: list[Path] | None
    performer: Path | None


def list_inputs(params: Params, root: Path) -> bool:
    """Write data/testsets/inputs.json, the SHA-256 of every photograph and of the video, where it changed; whether it did.

    Relative paths begin at `root`. ReenactError: a folder or a video that is not there, or a folder without a file.
    """
    found = _find(params, root)
    listed = {
        "portraits": None if found.portraits is None else {path.name: sha256_file(path) for path in found.portraits},
        "performer": None if found.performer is None else {found.performer.name: sha256_file(found.performer)},
    }
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
    listed, found = read_json(path), _find(params, root)
    files = {"portraits": found.portraits, "performer": None if found.performer is None else [found.performer]}
    for key, paths in files.items():
        hashes = None if paths is None else {each.name: sha256_file(each) for each in paths}
        if hashes != listed[key]:
            raise ReenactError(f"testsets.{key}: the files are not those that {path} lists; run `reenact manifest` to list them anew")
    return found


def _find(params: Params, root: Path) -> Inputs:
    config = params.testsets
    return Inputs(
        None if config.portraits is None else _files(root / config.portraits),
        None if config.performer is None else _video(root / config.performer),
    )


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
