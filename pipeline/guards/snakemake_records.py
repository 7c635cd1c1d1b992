"""Snakemake's records of each output, in .snakemake: when it was made, and whether it is incomplete."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORDS = Path(".snakemake/metadata")
UNFINISHED = Path(".snakemake/incomplete")
TIMESTAMP = ".snakemake_timestamp"  # in each folder that is an output: its time stands for the folder's


def made(root: Path) -> dict[str, float]:
    """The time of each output below `root`, by name, at the end of the job that made it, failed or not.

    An empty or half-written record is ignored, and so is a foreign file among the records.
    """
    times = ((name, _end_time(record)) for name, record in _records(root / RECORDS))
    return {name: time for name, time in times if time is not None}


def made_with(root: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """The rule of each output below `root`, and the parameters that it was made with, as Snakemake writes them."""
    found = {}
    for name, path in _records(root / RECORDS):
        record = _read(path)
        if isinstance(record.get("rule"), str) and isinstance(record.get("params"), list):
            found[name] = (record["rule"], frozenset(filter(lambda value: isinstance(value, str), record["params"])))
    return found


def unfinished(root: Path) -> set[str]:
    """The outputs below `root` whose job was cut off; Snakemake makes them again."""
    return {name for name, _ in _records(root / UNFINISHED)}


def time_of(path: Path) -> float:
    """An output's time as Snakemake sees it; for a folder, the time of the time stamp in it."""
    stamp = path / TIMESTAMP
    return (stamp if stamp.is_file() else path).stat().st_mtime


def _end_time(record: Path) -> float | None:
    time = _read(record).get("endtime")
    return time if isinstance(time, int | float) else None


def _read(record: Path) -> dict[str, Any]:
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _records(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each record with the path of its output. Its name is that path in base64, split into folders that begin with @ if it is long."""
    for record in folder.rglob("*"):
        if record.is_file() and (name := _decoded(record.relative_to(folder))) is not None:
            yield name, record


def _decoded(record: Path) -> str | None:
    coded = "".join(part.removeprefix("@") for part in record.parts)
    try:
        return b64decode(coded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
