"""A new metric is one file: it is measured, stands in the tables and on the page, and nothing else names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest

from reenact.evaluation.predictions import Predictions
from reenact.evaluation.score import score
from reenact.files import read_json
from reenact.metrics.registry import METRICS as ALL_METRICS
from reenact.report.build import TABLES
from reenact.report.render import render
from reenact.shards.frames import FrameStore
from reenact.testsets.items import read_items
from reenact.workspace import METRICS, PREDICTIONS, TESTSETS
from tests.support.by_hand import leaves
from tests.support.made_workspace import PARAMS, score_places
from tests.support.markdown import cells
from tests.support.second_generator import OWN_METRICS, only

ROOT = Path(__file__).parents[2]
BRIGHTNESS = """
import numpy as np

from reenact.metrics.base import Metric, Reference


def _brightness(faces):
    return faces.images.mean(axis=(1, 2, 3))


METRICS = (Metric(
    name="brightness",
    title="Brightness error",
    better="lower",
    range=(0.0, 255.0),
    reference=Reference.DRIVING_FRAME,
    backend="mean-of-pixels",
    tables=(2, 3, 4),
    place=25,
    about="How far the mean of all pixels is off.",
    measure=lambda faces: np.abs(_brightness(faces.result) - _brightness(faces.driving)),
),)
"""
# What a process does in which the file lies among the metrics' modules.
SCRIPT = """
import sys
from pathlib import Path

import reenact.metrics

folder, root, out = map(Path, sys.argv[1:])
reenact.metrics.__path__.append(str(folder))

from reenact.evaluation.score import score
from reenact.files import read_json
from reenact.report.all_metrics import all_metrics
from reenact.report.build import TABLES
from reenact.report.render import write_table
from reenact.workspace import Workspace
from tests.support.made_workspace import PARAMS, score_places
from tests.support.second_generator import OWN_METRICS, papers_own

OWN_METRICS.add("brightness")
with papers_own():
    score(PARAMS, **score_places(Workspace(root)) | {"out_dir": out})
    for name, make in TABLES.items():
        write_table(out, make(read_json(out / f"{name}.json")))
    for table in all_metrics(read_json(out / "scores.json")):
        write_table(out, table)
"""


@pytest.fixture(scope="module")
def out(workspace, tmp_path_factory) -> Path:
    """Tables as JSON, Markdown, CSV and HTML, where the metric's file is there."""
    folder, out = tmp_path_factory.mktemp("metric"), tmp_path_factory.mktemp("out")
    (folder / "brightness.py").write_text(BRIGHTNESS)
    command = [sys.executable, "-c", SCRIPT, str(folder), str(workspace.root), str(out)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def test_it_is_measured_for_every_method_and_reference_row(workspace, out):
    store = FrameStore(workspace.shards(PARAMS, "test"))
    tables = {name: read_json(out / f"{name}.json") for name in ("table2", "table3", "table4")}
    for setting, kind in (("self", "selftest"), ("cross", "crosstest")):
        items, _ = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
        off, copied = {"driver": [], "ldnet": []}, []
        for item, (_, generated) in zip(items, Predictions(workspace.path(PREDICTIONS, f"{kind}.parquet")), strict=True):
            target = store.get(*item.target, [item.target_frame], 64)[0][0]
            driving = store.get(*item.driver, item.frames, 64)[0]
            copied += [abs(target.mean() - true.mean()) for true in driving]
            for source, values in off.items():
                images = generated["fdgan", source].images
                values += [abs(image.mean() - true.mean()) for image, true in zip(images, driving, strict=True)]
        for source, values in off.items():
            entry = tables["table2"][setting]["fdgan"][source]["brightness"]
            assert (entry["value"], entry["n"]) == (pytest.approx(mean(values)), 6)
            assert (entry["backend"], entry["paper"], entry["failures"]) == ("mean-of-pixels", None, {})
            card = tables["table2"]["cards"][entry["card"]]
            assert (card["title"], card["better"], card["compared"]) == ("Brightness error", "lower", "the driving frame")
        rows = tables["table3"][setting]
        assert rows["copy_target"]["brightness"]["value"] == pytest.approx(mean(copied))
        assert rows["driving_frames"]["brightness"]["value"] == 0, "they are its reference"
    measured = tables["table4"]["measured"]
    assert measured["fdgan"]["brightness"] == tables["table2"]["cross"]["fdgan"]["ldnet"]["brightness"]


def test_the_other_figures_are_as_without_it(workspace, out):
    for name in ("table1", "table2", "table3", "table4"):
        with_it = {path: figure for path, figure in leaves(read_json(out / f"{name}.json")) if path[-1] != "brightness"}
        assert with_it == dict(leaves(read_json(workspace.path(METRICS, f"{name}.json"))))


def test_it_has_a_column_in_its_place_of_each_table(out):
    rows = {number: cells((out / f"table{number}.md").read_text(encoding="utf-8")) for number in (2, 3, 4)}
    assert rows[2][0][2:6] == ["ISIM ↑", "PSIM ↑", "Brightness error ↓", "ED ↓"]
    assert rows[3][0][2:5] == ["ISIM ↑", "Brightness error ↓", "SSIM ↑"]
    assert rows[4][0][2:6] == ["ISIM ↑", "PSIM ↑", "Brightness error ↓", "ED ↓"]
    table2, table4 = read_json(out / "table2.json"), read_json(out / "table4.json")
    assert rows[2][2][4].startswith(f"{table2['self']['fdgan']['ldnet']['brightness']['value']:.2f} (")
    assert rows[4][1][4].startswith(f"{table4['measured']['fdgan']['brightness']['value']:.2f} (")
    assert [row[4] for row in rows[4][3:]] == ["–"] * 3, "nobody published any"


def test_it_stands_among_all_metrics(out):
    table2, table3 = read_json(out / "table2.json"), read_json(out / "table3.json")
    for setting, title, entry in (
        ("self", "selftest", table3["self"]["copy_target"]["brightness"]),
        ("cross", "crosstest", table2["cross"]["fdgan"]["ldnet"]["brightness"]),
    ):
        (row,) = [row for row in cells((out / f"all_{title}.md").read_text(encoding="utf-8")) if row[0] == "Brightness error ↓"]
        assert any(cell.startswith(f"{entry['value']:.{2 if entry['value'] >= 10 else 4}f} (") for cell in row[1:]), setting


def test_the_notes_below_each_table_say_what_it_is(out):
    note = "- Brightness error: How far the mean of all pixels is off. A result is compared with the driving frame. Backend mean-of-pixels."
    for number in (2, 3, 4):
        assert note in (out / f"table{number}.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", sorted(OWN_METRICS))
def test_without_a_metric_tables_are_as_before_but_for_it(workspace, name):
    tables = {table: read_json(workspace.path(METRICS, f"{table}.json")) for table in TABLES}
    before = {table: cells(render("table.md", table=make(tables[table]))) for table, make in TABLES.items()}
    pruned, title = without(tables, name), ALL_METRICS[name].title
    with only(ALL_METRICS, OWN_METRICS - {name}):
        texts = {table: render("table.md", table=make(pruned[table])) for table, make in TABLES.items()}
    for table, text in texts.items():
        kept = [place for place, head in enumerate(before[table][0]) if head.rstrip(" ↑↓") != title]
        rows = [row for row in before[table] if name != "landmark_error" or "dlib on" not in row[1]]
        assert cells(text) == [[row[place] for place in kept] for row in rows]
        assert f"- {title}: " not in text


def without(value, name: str):
    """A table's JSON without a metric's figures."""
    return {key: without(below, name) for key, below in value.items() if key != name} if isinstance(value, dict) else value


def test_the_others_are_measured_as_ever_without_some(workspace, tmp_path):
    gone = {"isim", "psim", "ssim_face"}
    with only(ALL_METRICS, OWN_METRICS - gone):
        score(PARAMS, **score_places(workspace) | {"out_dir": tmp_path})
    for name in TABLES:
        kept = {path: figure for path, figure in leaves(read_json(workspace.path(METRICS, f"{name}.json"))) if path[-1] not in gone}
        assert dict(leaves(read_json(tmp_path / f"{name}.json"))) == kept
