"""Which outputs count as Snakemake's own, by its records; `tests/pipeline/test_snakemake.py` checks that it writes them so."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from pipeline.guards.changed_outputs import NOTES, remember_contents, replaced_outputs
from reenact.errors import ReenactError

MADE = 1_700_000_000.25
TABLES = "results/tables"
TABLE = f"{TABLES}/table1.md"
METRICS = "results/metrics/table1.json"


def record(root: Path, name: str, time: float) -> None:
    path = root / ".snakemake/metadata" / urlsafe_b64encode(name.encode()).decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"endtime": time}))


def put(path: Path, text: str, time: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one output that is a file and one that is a folder, as Snakemake leaves them."""
    put(tmp_path / TABLE, "1", MADE - 5)
    put(tmp_path / TABLES / ".snakemake_timestamp", "", MADE)
    put(tmp_path / METRICS, "{}", MADE)
    record(tmp_path, TABLES, MADE)
    record(tmp_path, METRICS, MADE)
    return tmp_path


@pytest.mark.parametrize("noted", [True, False], ids=["noted", "a run that was cut off noted nothing"])
@pytest.mark.parametrize(
    ("name", "time"), [(TABLE, MADE + 60), (f"{TABLES}/more.md", MADE + 60), (METRICS, MADE + 60), (METRICS, MADE - 60)]
)
def test_what_was_changed_or_added_by_hand_is_named(root, noted, name, time):
    if noted:
        remember_contents(root)
    assert replaced_outputs(root) == []
    put(root / name, "by hand", time)
    assert replaced_outputs(root) == [name]
    remember_contents(root)
    assert replaced_outputs(root) == [name], "it does not become Snakemake's own by a look"


def test_an_older_file_put_into_a_folder_that_was_noted_is_named(root):
    remember_contents(root)
    put(root / TABLE, "older", MADE - 3600)
    assert replaced_outputs(root) == [TABLE]


def test_a_file_with_a_new_time_and_the_same_content_is_as_it_was_made(root):
    remember_contents(root)
    put(root / METRICS, "{}", MADE + 60)
    assert replaced_outputs(root) == []


def test_a_note_holds_for_the_job_that_made_it_alone(root):
    """A later job failed: Snakemake keeps its record, and the older result comes back from a cache."""
    remember_contents(root)
    record(root, METRICS, MADE + 100)
    put(root / METRICS, "{}", MADE + 200)
    assert replaced_outputs(root) == [METRICS]


def test_a_folder_that_lacks_a_file_is_named(root):
    remember_contents(root)
    (root / TABLE).unlink()
    assert replaced_outputs(root) == [TABLES]


def test_a_folder_in_the_place_of_a_file_is_named(root):
    remember_contents(root)
    (root / METRICS).unlink()
    (root / METRICS).mkdir()
    assert replaced_outputs(root) == [METRICS]


def test_an_output_without_a_record_is_named_but_not_one_of_a_job_that_was_cut_off(root):
    put(root / "results/report.html", "", MADE)
    assert replaced_outputs(root) == ["results/report.html"]
    cut_off = root / ".snakemake/incomplete" / urlsafe_b64encode(b"results/report.html").decode()
    cut_off.parent.mkdir()
    cut_off.write_text("{}")
    assert replaced_outputs(root) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        f'{{"{METRICS}": 3}}',
        f'{{"{METRICS}": {{}}}}',
        f'{{"{METRICS}": {{"made": "1", "sha256": ""}}}}',
        f'{{"{METRICS}": {{"made": {MADE}}}}}',
        f'{{"{METRICS}": {{"made": {MADE}, "sha256": 3}}}}',
        f'{{"{TABLES}": {{"made": {MADE}, "files": []}}}}',
    ],
)
def test_damaged_notes_say_what_to_do(root, text):
    put(root / NOTES, text, MADE)
    for ask in (replaced_outputs, remember_contents):
        with pytest.raises(ReenactError, match=r"outputs\.json is damaged.*delete it, then type: reenact sync"):
            ask(root)
    assert (root / NOTES).read_text() == text
