"""Which results a command asks for: which driver drives which targets, and where each result goes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reenact.corpus.base import VIDEO_ENDINGS
from reenact.errors import ReenactError
from reenact.files import reading, written

DRIVER_ENDINGS = (*VIDEO_ENDINGS, ".gif")


@dataclass(frozen=True)
class Job:
    """A driver, and the path of the result for each target, in the targets' order."""

    driver: Path
    outs: tuple[Path, ...]


def plan(targets: Sequence[Path], driver: Path, out: Path, *, pictures: bool) -> list[Job]:
    """The jobs of a command; with several targets or a folder of drivers `out` is a folder of <target>--<driver>.mp4.

    pictures: results are folders of pictures instead of MP4 files. Raises ReenactError if `out` does not fit, a folder has no video,
    two results would have one name, a result would replace its own input, or its place cannot be written.
    """
    with reading(driver, "name another --driver"):
        drivers = _videos(driver) if driver.is_dir() else [driver]
    ending = "" if pictures else ".mp4"
    if len(targets) == 1 and not driver.is_dir():
        if not pictures and (out.suffix.lower() != ".mp4" or out.is_dir()):
            raise ReenactError(f"--out {out} must be a file that ends with .mp4 (or give --image-sequence for a folder of pictures)")
        jobs = [Job(driver, (out,))]
    else:
        if out.suffix.lower() == ".mp4" or out.is_file():
            raise ReenactError(f"--out {out} must be a folder, as there are several targets or a folder of drivers")
        jobs = [Job(path, tuple(out / f"{target.stem}--{path.stem}{ending}" for target in targets)) for path in drivers]
    results = [path for job in jobs for path in job.outs]
    _check_names(results, [*targets, *drivers])
    for path in results:
        _check_place(path, pictures=pictures)
    return jobs


def _videos(folder: Path) -> list[Path]:
    named = (path for path in folder.iterdir() if path.suffix.lower() in DRIVER_ENDINGS and not path.name.startswith("."))
    # A broken link counts: its job reports that it is missing.
    found = sorted(path for path in named if not path.is_dir())
    if not found:
        raise ReenactError(f"--driver {folder} holds no video ({' '.join(DRIVER_ENDINGS)}); name a video or a folder of videos")
    return found


def _check_place(path: Path, *, pictures: bool) -> None:
    """Raise ReenactError if a result cannot be written to `path`, as far as this can be known before writing."""
    if not path.name or path.name == "..":
        raise ReenactError(f"--out {path} must name a folder that is new or empty")
    with written(path):
        is_folder = path.is_dir()
        above = next(parent for parent in path.absolute().parents if parent.exists())
    if not pictures and is_folder:
        raise ReenactError(f"--out would replace the folder {path}; remove it, or choose another name")
    if not above.is_dir():
        raise ReenactError(f"{path} cannot be written, as {above} is a file; choose another place")
    if not os.access(above, os.W_OK | os.X_OK):
        raise ReenactError(f"{path} cannot be written, as {above} is not writable; choose another place")


def _check_names(results: Sequence[Path], inputs: Sequence[Path]) -> None:
    twice = [path for path, count in Counter(results).items() if count > 1]
    if twice:
        raise ReenactError(f"two results would be named {twice[0].name}; rename one of the targets or drivers")
    # Path.resolve fails on a link to itself; realpath does not.
    replaced = set(map(os.path.realpath, results)) & set(map(os.path.realpath, inputs))
    if replaced:
        raise ReenactError(f"--out would replace {min(replaced)}, which is an input; choose another name")
