"""From kinds of input to the ledger's entries and the shard's rows, in this process or by the commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reenact.config.schema import Params
from tests.support.inputs.kinds import LEAST_FRAMES
from tests.support.inputs.outcomes import Kind
from tests.support.inputs.strange import Footage

TIME_LIMIT_SECONDS = 120  # a command of a few clips takes three
# Between this process and the command, as Linux counts the peak of the process that starts a program as the program's own.
MEASURE = """
import pathlib, resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
pathlib.Path(sys.argv[1]).write_text(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss}")
sys.exit(status)
"""


@dataclass(frozen=True)
class Outcome:
    """What came of a corpus: the ledger's entry and the shard's rows of each clip, by "subject/name without ending"."""

    entries: dict[str, dict[str, Any]]
    rows: dict[str, list[dict[str, Any]]]
    ignored: set[str]

    def of(self, kind: Kind) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        name = str(Path(kind.file).with_suffix(""))
        return self.entries[name], self.rows.get(name, [])


def make_corpus(root: Path, footage: Footage, kinds: Iterable[Kind], limits: dict[str, int] | None = None) -> Params:
    """Make the kinds' files below ROOT/videos. Returns parameters with which one list per split has them all."""
    for kind in kinds:
        path = root / "videos" / kind.file
        path.parent.mkdir(parents=True, exist_ok=True)
        kind.maker(path, footage)
    corpus = {"kind": "folder", "path": "videos", "train_subjects": None, "test_subjects": None, "clips_per_subject": None}
    shards = {"train_shards": 1, "test_shards": 1, "min_frames_per_clip": LEAST_FRAMES, **(limits or {})}
    return Params.model_validate({"corpus": corpus, "shards": shards})


@dataclass(frozen=True)
class Ran:
    """A command that ended well: what it printed, its seconds of processor time, and the peak of its memory, bytes; both with children."""

    said: str
    seconds: float
    memory: int


def reenact(root: Path, *arguments: str) -> Ran:
    """Run a command in `root`; it may read what its user may, root not excepted, and is killed where it takes too long."""
    no_privilege = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    command = [*(no_privilege if os.geteuid() == 0 else []), str(Path(sys.executable).parent / "reenact"), *arguments]
    with tempfile.TemporaryFile("w+") as output, tempfile.NamedTemporaryFile("r") as used:
        measured = [sys.executable, "-c", MEASURE, used.name, *command]
        process = subprocess.Popen(measured, cwd=root, stdout=output, stderr=output, start_new_session=True)
        timer = threading.Timer(TIME_LIMIT_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        process.wait()
        timer.cancel()
        output.seek(0)
        said = output.read()
        assert process.returncode == 0, f"reenact {arguments[0]}: {process.returncode}\n{said}"
        seconds, kilobytes = used.read().split()
    return Ran(said, float(seconds), int(kilobytes) * 1024)


def outcome(root: Path, ignored: set[str]) -> Outcome:
    """What the shards and ledgers ROOT/<split>.parquet and .json hold."""
    entries: dict[str, dict[str, Any]] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in ("train", "test"):
        account = json.loads((root / f"{name}.json").read_text())
        entries |= {f"{entry['subject']}/{entry['video']}": entry for entry in account["by_clip"]}
        table: pa.Table = pq.read_table(root / f"{name}.parquet")
        for row in table.to_pylist():
            rows.setdefault(f"{row['subject']}/{row['video']}", []).append(row)
    return Outcome(entries, rows, ignored)
