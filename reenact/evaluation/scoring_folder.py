"""The folder of somebody else's scores: it holds one scoring, whole. What other people put there stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reenact.files import read_json, write_json, written
from reenact.locks import exclusive

STATE = ".scoring"
READINGS = f"{STATE}/readings"  # what was read of faces
RECORD = f"{STATE}/written.json"  # the names of the files of the last scoring
NEW, LOCK = f"{STATE}/new", f"{STATE}/lock"


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Keep the folder `out`, which is made, from other scorings; one that is going on is waited for. ReenactError: it cannot be made."""
    with ExitStack() as stack:
        with written(out):
            (out / STATE).mkdir(parents=True, exist_ok=True)
            stack.enter_context(exclusive(out / LOCK, "scoring"))
        yield


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A new folder to write scores into. When the block ends well, its files take the place of all that a scoring wrote before.

    ReenactError: the system refuses.
    """
    new, record = out / NEW, out / RECORD
    with written(out):
        shutil.rmtree(new, ignore_errors=True)  # of a killed scoring
        new.mkdir(parents=True)
    try:
        yield new
        names = sorted(path.name for path in new.iterdir())
        before = [path.name for path in scores_in(out)]
        with written(out):
            for name in sorted(set(before) - set(names)):
                (out / name).unlink(missing_ok=True)
            # First the record: were this killed now, the next scoring would still know all files.
            write_json(record, names)
            for name in names:
                (new / name).replace(out / name)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def scores_in(out: Path) -> list[Path]:
    """The files of the last scoring in the folder `out`, not those that other people put there."""
    record = out / RECORD
    return [out / name for name in read_json(record)] if record.is_file() else []
