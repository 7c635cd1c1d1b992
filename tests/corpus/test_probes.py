"""What is remembered of videos saves time, and its faults stop nothing."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reenact.corpus import probes
from reenact.corpus.probes import Probe, probe_files

CLIPS = 40


@pytest.fixture
def videos(tmp_path: Path, write_video) -> list[Path]:
    return [write_video(tmp_path / "videos" / f"{number}.mp4") for number in range(CLIPS)]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / ".state"


def look(videos: list[Path], state: Path) -> list[Probe]:
    return probe_files(videos, state, show_progress=False)


def memory_in(state: Path) -> Path:
    (path,) = state.glob("probes-*.sqlite")
    return path


def remembered(state: Path) -> int:
    with closing(sqlite3.connect(memory_in(state))) as memory:
        return memory.execute("SELECT count(*) FROM probes").fetchone()[0]


def write_text(path: Path) -> None:
    path.write_text("no database " * 100)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite_all_but_the_first_page(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) > 3 * 4096
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def put_another_table(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as memory, memory:
        memory.execute("CREATE TABLE probes (name)")


@pytest.mark.parametrize("damage", [write_text, cut_short, overwrite_all_but_the_first_page, put_another_table])
def test_a_damaged_memory_is_made_anew_with_a_warning(videos, state, caplog, damage):
    found = look(videos, state)
    damage(memory_in(state))
    assert look(videos, state) == found
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"{memory_in(state)} is damaged" in caplog.text
    assert remembered(state) == CLIPS
    caplog.clear()
    assert look(videos, state) == found and not caplog.records


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"other": 1}'])
def test_a_damaged_row_is_looked_at_again(videos, state, text):
    found = look(videos[:2], state)
    with closing(sqlite3.connect(memory_in(state))) as memory, memory:
        memory.execute("UPDATE probes SET probe = ?", (text,))
    assert look(videos[:2], state) == found
    with closing(sqlite3.connect(memory_in(state))) as memory:
        assert text not in {row[0] for row in memory.execute("SELECT probe FROM probes")}


@pytest.mark.parametrize(
    "hold", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN; SELECT * FROM probes"], ids=["read", "written", "committed"]
)
def test_a_memory_that_another_program_holds_is_done_without_and_kept(videos, state, caplog, monkeypatch, hold: str):
    """It can be neither read nor written, or not written, or what was written cannot be committed."""
    monkeypatch.setattr(probes, "BUSY_SECONDS", 0.1)
    found = look(videos[:1], state)
    with closing(sqlite3.connect(memory_in(state), isolation_level=None)) as other:
        for statement in hold.split("; "):
            other.execute(statement).fetchone()
        assert len(look(videos, state)) == CLIPS
    assert len(caplog.records) == 1, "it is said once"
    assert f"{memory_in(state)} cannot be used (database is locked)" in caplog.text
    assert look(videos[:1], state) == found and remembered(state) == 1


def test_a_folder_in_the_memorys_place_is_done_without(videos, state, caplog):
    found = look(videos[:2], state)
    place = memory_in(state)
    place.unlink()
    place.mkdir()
    assert look(videos[:2], state) == found
    assert len(caplog.records) == 1 and f"{place} cannot be used" in caplog.text
