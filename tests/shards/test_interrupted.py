"""A shard that is killed while it is made, or that the disk has no room for, by the command as the workflow runs it."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reenact.config.schema import Params
from reenact.config.yaml_text import write_params
from reenact.corpus.manifest import refresh
from reenact.workspace import LISTS
from tests.support.inputs import strange as make
from tests.support.inputs.strange import H264, filmed

KILLS = 20
CLIPS = 8  # in the list
REENACT = Path(sys.executable).parent / "reenact"


@dataclass(frozen=True)
class Project:
    """A folder with parameters, clips and their lists, in which `reenact shard` runs."""

    root: Path

    def command(self, split: str, out: Path) -> list[str]:
        return [str(REENACT), "shard", f"{LISTS}/{split}-00000.csv", str(out / f"{split}.parquet"), str(out / f"{split}.json")]

    def run(self, split: str, out: Path, *before: str) -> subprocess.CompletedProcess[str]:
        """Make a split's shard and ledger in `out`; `before` is set before the command."""
        return subprocess.run([*before, *self.command(split, out)], cwd=self.root, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("project")
    footage = make.film(tmp_path_factory.mktemp("footage"))
    for subject in range(4):
        for clip in range(CLIPS // 2):
            path = root / f"videos/{subject}/{clip}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            filmed(f"{H264} -metadata comment={subject}-{clip}")(path, footage)
    corpus = {"kind": "folder", "path": "videos", "clips_per_subject": None}
    params = Params.model_validate({"corpus": corpus, "shards": {"train_shards": 1, "test_shards": 1, "row_group_rows": 10}})
    write_params(params, root / "params.yaml")
    refresh(params, root, show_progress=False)
    return Project(root)


@dataclass(frozen=True)
class Undisturbed:
    """What an undisturbed run makes: the files' bytes, and its seconds."""

    files: dict[str, bytes]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    out = tmp_path_factory.mktemp("undisturbed")
    start = time.monotonic()
    done = project.run("train", out)
    seconds = time.monotonic() - start
    assert done.returncode == 0, done.stderr
    account = json.loads((out / "train.json").read_text())
    assert account["clips"]["kept"] == CLIPS
    return Undisturbed(contents(out), seconds)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_killed_at_any_moment_the_next_run_makes_the_same_bytes(project: Project, undisturbed: Undisturbed, tmp_path: Path) -> None:
    chance = random.Random(5)
    kills, seconds = 0, undisturbed.seconds
    while kills < KILLS:
        start = time.monotonic()
        process = subprocess.Popen(
            project.command("train", tmp_path),
            cwd=project.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:  # one kill in each twentieth of a run, in a random place of it
            process.wait((kills + chance.random()) / KILLS * seconds)
            seconds = time.monotonic() - start  # the machine has become faster
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        whole = {name: content for name, content in contents(tmp_path).items() if not name.startswith(".")}
        assert whole.items() <= undisturbed.files.items()
        assert len(parts(tmp_path)) <= 1  # this run's; those before are gone
    done = project.run("train", tmp_path)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path) == undisturbed.files


@contextmanager
def full_disk(folder: Path) -> Iterator[tuple[str, ...]]:
    """Leave room for one shard and half of another. Returns what to set before the command that gets no more room.

    A file system of its own where the tests may mount one; else the largest size of a file stands for it.
    """
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", folder], capture_output=True, check=False).returncode == 0:
        try:
            yield ()
        finally:
            subprocess.run(["umount", folder], check=True)
    else:
        yield "bash", "-c", 'ulimit -f 1500; exec "$0" "$@"'


def test_a_full_disk_is_named_and_finished_shards_stay(project: Project, undisturbed: Undisturbed, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with full_disk(disk) as limited:
        assert project.run("train", disk).returncode == 0
        failed = project.run("test", disk, *limited)
        assert failed.returncode == 1
        named = r"Error: .*test\.parquet cannot be written \(.*(No space left on device|File too large).*\); .*make room"
        assert re.search(named, failed.stderr), failed.stderr
        assert "Traceback" not in failed.stderr
        assert contents(disk) == undisturbed.files  # whole, and nothing beside them takes room
