"""Which outputs are as Snakemake made them, and which were replaced.

Snakemake records what it used for each output, and trusts whatever lies at its path. DVC's checkout, pull and run cache put other files
there, and so do people: a result of other parameters would then pass for current. Snakemake keeps the record of a failed job, too, so an
older output that is put back would pass for the one that could not be made.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

from pipeline.guards.snakemake_records import TIMESTAMP, made, time_of, unfinished
from pipeline.stages import STAGES, Stage
from reenact.errors import ReenactError
from reenact.files import read_json, sha256_file, write_json

log = logging.getLogger(__name__)
# A note for each output: its content, or its files' times, and the time that Snakemake recorded. Once that time changes, the note is void.
NOTES = Path(".snakemake/outputs.json")
SHOWN = 3


def replaced_outputs(root: Path, stages: tuple[Stage, ...] = STAGES) -> list[str]:
    """The outputs of `stages` that are not as Snakemake left them: files, then folders that lack a file; paths relative to `root`.

    Outputs of a killed run are left out: Snakemake knows that they are incomplete.
    """
    times, notes, cut_off = made(root), _notes(root), unfinished(root)
    files = [
        name
        for name in _files(root, stages)
        if not cut_off.intersection(_owners(name)) and not _is_as_made(root, name, times) and not _is_as_noted(root, name, times, notes)
    ]
    tops = {path for stage in stages for path in (*stage.outputs, *stage.metrics)}
    lacking = [
        name
        for name, note in sorted(notes.items())
        if "files" in note
        and note["made"] == times.get(name)
        and (root / name).is_dir()
        and not note["files"].keys() <= _times_in(root / name).keys()
    ]
    # A folder in the place of a file: it lacks the time stamp that Snakemake puts into folders that it makes.
    lacking += [name for name in sorted(times) if (root / name).is_dir() and not (root / name / TIMESTAMP).is_file()]
    return files + [name for name in dict.fromkeys(lacking) if name not in cut_off and tops.intersection(_owners(name))]


def remember_contents(root: Path) -> None:
    """Note what Snakemake made: the SHA-256 of an output that is a single file, and the files' times for one that is a folder.

    DVC rewrites a single file, with a new time, when it records it. Snakemake itself looks at no file in a folder.
    """
    times, notes = made(root), _notes(root)
    single = {path for stage in STAGES for path in (*stage.outputs, *stage.metrics) if (root / path).is_file()}
    news: dict[str, Any] = {}
    for name, time in times.items():
        path = root / name
        if notes.get(name, {}).get("made") == time or not path.exists() or time_of(path) != time:
            continue
        if path.is_dir():
            files = _times_in(path)
            if all(each <= time for each in files.values()):  # else a file was changed before this note
                news[name] = {"made": time, "files": files}
        elif name in single:
            news[name] = {"made": time, "sha256": sha256_file(path)}
    if news:
        write_json(root / NOTES, notes | news)


def refuse_replaced(root: Path) -> None:
    """Raise ReenactError where an output is not as Snakemake left it, and say what to do."""
    if names := replaced_outputs(root):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise ReenactError(
            f"Not as Snakemake made it: {', '.join(names[:SHOWN])}{more}. It was changed by hand (or added to or deleted from a folder), "
            "by DVC (checkout, pull, run cache), or copied without its exact time (by cp -r, tar or a download).\n"
            "After DVC, or in a copy of the project, type: reenact sync. "
            "(Without git: snakemake all --touch --forceall, which accepts whatever is there; cp -a and rsync -a keep the times.)\n"
            "Otherwise delete what is named, and it is made again."
        )


def remove_replaced(root: Path, stage_name: str) -> None:
    """Remove a stage's outputs that are not as Snakemake left them, so that it makes them again. DVC has found the stage changed."""
    stages = tuple(stage for stage in STAGES if stage.name == stage_name)
    for name in replaced_outputs(root, stages):
        log.warning("Removing %s, which is not as Snakemake made it; it will be made again.", name)
        shutil.rmtree(root / name) if (root / name).is_dir() else (root / name).unlink()


def _files(root: Path, stages: tuple[Stage, ...]) -> list[str]:
    tops = [root / path for stage in stages for path in (*stage.outputs, *stage.metrics)]
    found = [path for top in tops for path in (top, *top.rglob("*")) if path.is_file()]
    return sorted(path.relative_to(root).as_posix() for path in found if not path.name.startswith("."))


def _times_in(folder: Path) -> dict[str, float]:
    """The modification time of each file in a folder, by its path in the folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime for path in files}


def _is_as_made(root: Path, name: str, times: dict[str, float]) -> bool:
    """Whether `name` is an output itself, with the time that Snakemake recorded."""
    return times.get(name) == (root / name).stat().st_mtime


def _is_as_noted(root: Path, name: str, times: dict[str, float], notes: dict[str, Any]) -> bool:
    """Whether `name` is as noted: by its content if it is an output, by its time if it lies in a folder that is one.

    In a folder without a note, no file may be newer than the folder's recorded time.
    """
    for owner in _owners(name):
        if owner not in times:
            continue
        note = notes.get(owner, {})
        valid = note.get("made") == times[owner]
        if owner == name:
            return valid and note.get("sha256") == sha256_file(root / name)
        time = (root / name).stat().st_mtime
        if valid:
            return note.get("files", {}).get(Path(name).relative_to(owner).as_posix()) == time
        return time_of(root / owner) == times[owner] and time <= times[owner]
    return False


def made_by(name: str, stages: tuple[Stage, ...]) -> bool:
    """Whether the output `name` is made by one of `stages`."""
    return any(path in _owners(name) for stage in stages for path in (*stage.outputs, *stage.metrics))


def _owners(name: str) -> list[str]:
    """The file itself and the folders above it: any of them may be an output."""
    return [name, *(parent.as_posix() for parent in Path(name).parents)]


def _notes(root: Path) -> dict[str, Any]:
    path, remedy = root / NOTES, "delete it, then type: reenact sync"
    if not path.is_file():
        return {}
    notes = read_json(path, remedy)
    if not (isinstance(notes, dict) and all(map(_is_note, notes.values()))):
        raise ReenactError(f"{path} is damaged (its entries are not notes of outputs); {remedy}")
    return notes


def _is_note(note: Any) -> bool:
    """Whether `note` has the form that `remember_contents` writes."""
    if not (isinstance(note, dict) and isinstance(note.get("made"), int | float)):
        return False
    return isinstance(note.get("sha256"), str) if "files" not in note else isinstance(note["files"], dict)
