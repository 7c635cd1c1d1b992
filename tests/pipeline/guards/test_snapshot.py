"""What a run keeps to while somebody edits params.yaml and the sources; tests/workflow/test_failed_rules.py does it with real tools."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline import record as recording
from pipeline.guards.snapshot import Beginning, begin, keep_params
from pipeline.source_hash import Sources
from pipeline.stages import STAGES
from reenact.config.load import PARAMS_VARIABLE, load_params
from reenact.config.schema import Params
from reenact.config.yaml_text import write_params
from reenact.errors import ReenactError
from tests.pipeline.guards.test_changed_outputs import put, record

ROOT = Path(__file__).parents[3]
TABLE = "results/metrics/table1.json"
STEP = "reenact/stages/evaluate.py"
OTHER = Params(evaluate={"lmtest_pairs": 77})


class Marks:
    """Stands in for Snakemake's records."""

    def __init__(self) -> None:
        self.incomplete: list[str] = []

    def _mark_incomplete(self, key: str, external_jobid: str | None) -> None:
        self.incomplete.append(key)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's sources and default parameters, with one table of an earlier run."""
    sources = Sources(ROOT)
    for name in {name for stage in STAGES for name in sources.files(stage.sources)}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    write_params(Params(), tmp_path / "params.yaml")
    make(tmp_path, 1.0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.setenv(PARAMS_VARIABLE, "params.yaml")
    return tmp_path


@pytest.fixture
def beginning(root: Path) -> Beginning:
    return begin(root, Sources(root), Params())


def make(root: Path, time: float) -> None:
    put(root / TABLE, "{}", time)
    record(root, TABLE, time)


def change_and_change_back(path: Path) -> None:
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(content + b"# changed\n")
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_jobs_read_the_parameters_that_their_run_began_with(root: Path) -> None:
    keep_params(root, Params())
    write_params(OTHER, root / "params.yaml")
    assert load_params() == Params()
    assert load_params(Path("params.yaml")) == OTHER


def test_what_was_made_while_its_sources_changed_counts_as_unfinished(root: Path, beginning: Beginning) -> None:
    make(root, 2.0)
    change_and_change_back(root / STEP)
    marks = Marks()
    with pytest.raises(ReenactError, match=r"Sources of .*evaluate.* were changed while they were in use"):
        beginning.check(marks)
    assert marks.incomplete == [TABLE]


@pytest.mark.parametrize("changed", [STEP, "reenact/stages/corpus.py"])
def test_what_was_not_made_or_not_of_these_sources_counts_as_before(root: Path, beginning: Beginning, changed: str) -> None:
    if changed != STEP:
        make(root, 2.0)
    change_and_change_back(root / changed)
    marks = Marks()
    beginning.check(marks)
    assert marks.incomplete == []


@pytest.mark.parametrize("stage", ["evaluate", "folder/dvc.yaml:evaluate"])
def test_a_stage_of_dvcs_fails_where_its_parameters_or_sources_are_others_at_its_end(
    root: Path, beginning: Beginning, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setenv("DVC_STAGE", stage)
    beginning.check(Marks())
    write_params(OTHER, root / "params.yaml")
    with pytest.raises(ReenactError, match="changed while evaluate ran"):
        beginning.check(Marks())
    monkeypatch.setenv("DVC_STAGE", "shards")
    beginning.check(Marks())
    write_params(Params(), root / "params.yaml")
    monkeypatch.setenv("DVC_STAGE", stage)
    change_and_change_back(root / STEP)
    with pytest.raises(ReenactError, match="changed while evaluate ran"):
        beginning.check(Marks())


@pytest.mark.parametrize("before", [b"as it was", None])
def test_a_recording_during_which_the_parameters_changed_is_undone(
    root: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    def commit(*_: object) -> subprocess.CompletedProcess[str]:
        (root / "dvc.lock").write_text("of the new parameters")
        write_params(OTHER, root / "params.yaml")
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(recording, "has_repository", lambda root: True)
    monkeypatch.setattr(recording, "is_finished", lambda root: True)
    monkeypatch.setattr(recording, "run_tool", commit)
    if before is not None:
        (root / "dvc.lock").write_bytes(before)
    with pytest.raises(ReenactError, match="changed meanwhile"):
        recording.record()
    assert ((root / "dvc.lock").read_bytes() if (root / "dvc.lock").exists() else None) == before
