"""Whether a run is active: asked without a trace, and told by the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.locks import is_running, only_run
from reenact.errors import ReenactError
from reenact.locks import exclusive


def test_asking_in_a_fresh_folder_leaves_it_empty(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_active_until_it_ends_and_asking_does_not_stand_in_its_way(tmp_path: Path) -> None:
    guard = only_run(tmp_path)
    assert is_running(tmp_path)
    with pytest.raises(ReenactError, match="Another run is active"):
        only_run(tmp_path)
    guard.close()
    assert not is_running(tmp_path)
    only_run(tmp_path).close()


def test_recording_counts_as_a_run(tmp_path: Path) -> None:
    with exclusive(tmp_path / ".snakemake/running", "recording"):
        assert is_running(tmp_path)


def test_a_run_removes_the_locks_that_a_killed_one_left_and_asking_does_not(tmp_path: Path) -> None:
    only_run(tmp_path).close()
    left = tmp_path / ".snakemake/locks/0.input.lock"
    left.parent.mkdir()
    left.touch()
    assert not is_running(tmp_path)
    assert left.exists()
    only_run(tmp_path).close()
    assert not left.exists()
