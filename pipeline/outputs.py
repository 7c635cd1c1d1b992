"""Which outputs are as Snakemake made them, and which somebody else put in their place.

Snakemake keeps what it used for each output, and takes whatever lies there for that output. DVC's checkout, pull and run cache put other
files there, and so does a hand: a result that is not what the parameters say would then pass for current.
"""

from __future__ import annotations

import json
import logging
import shutil
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.stages import STAGES, Stage
from reenact.errors import ReenactError
from reenact.files import read_json, sha256_file, write_json
from reenact.workspace import LMTEST_INPUTS, MANIFEST

log = logging.getLogger(__name__)
RECORDS = Path(".snakemake/metadata")
UNFINISHED = Path(".snakemake/incomplete")
CONTENTS = Path(".snakemake/contents.json")
FOLDERS = Path(".snakemake/folders.json")
# `reenact manifest` brings these up to date outside the workflow; what reads them is compared by content.
REFRESHED = (MANIFEST, LMTEST_INPUTS)
SHOWN = 3


def replaced_outputs(root: Path, stages: tuple[Stage, ...] = STAGES) -> list[str]:
    """The files among the outputs of `stages` that are not as Snakemake left them, then the folders that lack a file, relative to `root`.

    Those of a run that was killed are not among them: Snakemake knows that they are incomplete.
    """
    made, unfinished = _made(root), set(_names(root / UNFINISHED))
    contents = _noted(root / CONTENTS)
    files = [
        name
        for name in _files(root, stages)
        if not any(owner in unfinished for owner in _owners(name))
        and not _is_as_made(root, name, made)
        and not (name in contents and contents[name] == sha256_file(root / name))
    ]
    tops = {path for stage in stages for path in stage.outputs}
    return files + [name for name in _incomplete_folders(root, made) if name not in unfinished and tops.intersection(_owners(name))]


def remember_contents(root: Path) -> None:
    """Note what Snakemake made: of outputs that are single files, the content, and of those that are folders, the files in them.

    DVC writes a single file anew, with a new time, when it records it. Snakemake itself misses no file in a folder.
    """
    made = _made(root)
    single = [path for stage in STAGES for path in (*stage.outputs, *stage.metrics) if (root / path).is_file()]
    _note(root / CONTENTS, {path: sha256_file(root / path) for path in single if _is_as_made(root, path, made)})
    noted = _noted(root / FOLDERS)
    remade = [path for path, time in made.items() if (root / path).is_dir() and (path not in noted or noted[path]["made"] != time)]
    _note(root / FOLDERS, {path: {"made": made[path], "files": _files_in(root / path)} for path in remade})


def refuse_replaced(root: Path) -> None:
    """Raise ReenactError where an output is not as Snakemake left it, and say what to do."""
    names = [name for name in replaced_outputs(root) if not name.startswith(REFRESHED)]
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise ReenactError(
            f"Not as Snakemake made it: {', '.join(names[:SHOWN])}{more}. It was changed by hand (of a folder, a file was deleted), "
            "or by DVC (checkout, pull, run cache).\n"
            "After DVC, type: reenact sync\n"
            "Otherwise delete what is named, and it is made anew."
        )


def remove_replaced(root: Path, stage_name: str) -> None:
    """Remove the outputs of a stage that are not as Snakemake left them, so that it makes them anew: DVC has found the stage changed."""
    stages = tuple(stage for stage in STAGES if stage.name == stage_name)
    for name in replaced_outputs(root, stages):
        if not name.startswith(REFRESHED):
            log.warning("Removing %s, which Snakemake did not make as it is; it is made anew.", name)
            shutil.rmtree(root / name) if (root / name).is_dir() else (root / name).unlink()


def _files(root: Path, stages: tuple[Stage, ...]) -> list[str]:
    tops = [root / path for stage in stages for path in (*stage.outputs, *stage.metrics)]
    found = [path for top in tops for path in (top, *top.rglob("*")) if path.is_file()]
    return sorted(path.relative_to(root).as_posix() for path in found if not path.name.startswith("."))


def _incomplete_folders(root: Path, made: dict[str, float]) -> list[str]:
    """The outputs that are folders and lack a file that Snakemake left there."""
    noted = _noted(root / FOLDERS)
    return sorted(
        path
        for path, folder in noted.items()
        if folder["made"] == made.get(path) and (root / path).is_dir() and set(folder["files"]) - set(_files_in(root / path))
    )


def _files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _noted(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _note(path: Path, news: dict[str, Any]) -> None:
    noted = _noted(path)
    if noted | news != noted:
        write_json(path, noted | news)


def _made(root: Path) -> dict[str, float]:
    """The time of each file and folder that Snakemake made, as it was right after."""
    return {name: json.loads(record.read_text(encoding="utf-8"))["endtime"] for name, record in _records(root / RECORDS)}


def _is_as_made(root: Path, name: str, made: dict[str, float]) -> bool:
    time = (root / name).stat().st_mtime
    if name in made:
        return time == made[name]
    # A folder's own time comes right after that of the last file in it.
    return any(time <= made[owner] for owner in _owners(name) if owner in made)


def _owners(name: str) -> list[str]:
    """The file itself and the folders that it lies in, each of which may be an output."""
    return [name, *(parent.as_posix() for parent in Path(name).parents)]


def _names(folder: Path) -> Iterator[str]:
    return (name for name, _ in _records(folder))


def _records(folder: Path) -> Iterator[tuple[str, Path]]:
    """Snakemake's records with the paths that they are about: base64 in their names, long ones cut into folders that begin with @."""
    for record in folder.rglob("*"):
        if record.is_file():
            parts = record.relative_to(folder).parts
            yield urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode(), record
