from __future__ import annotations

import pytest

from reenact.files import read_json
from reenact.report.all_metrics import all_metrics
from reenact.report.render import render
from reenact.workspace import METRICS
from tests.support.every_metric import all_metrics as every_metric
from tests.support.markdown import cells


@pytest.fixture
def scores(every):
    return read_json(every.path(METRICS, "scores.json"))


def shown(scores):
    with every_metric():
        return {table.name: cells(render("table.md", table=table)) for table in all_metrics(scores)}


def test_there_is_a_row_for_each_metric_and_a_column_for_each_method_references_last(scores):
    found = shown(scores)
    assert found["all_selftest"][0] == [
        "Metric", "FD-GAN, true landmarks", "FD-GAN, LD-Net's landmarks", "Target copied (no method)", "Driving frames (no method)",
        "Another subject's frames (no method)",
    ]  # fmt: skip
    assert found["all_crosstest"][0][1:3] == ["FD-GAN, driver's landmarks", "FD-GAN, LD-Net's landmarks"]
    for setting in ("self", "cross"):
        rows = {row[0].rstrip(" ↑↓"): row[1:] for row in found[f"all_{setting}test"][1:]}
        measured = [scores[setting]["fdgan"]["driver"], scores[setting]["fdgan"]["ldnet"]]
        measured += [scores[setting][row]["none"] for row in ("copy_target", "driving_frames", "shuffled") if row in scores[setting]]
        assert len(rows) == len({name for figures in measured for name in figures})
        titles = {name: scores["cards"][entry["card"]]["title"] for figures in measured for name, entry in figures.items()}
        for name, title in titles.items():
            for cell, figures in zip(rows[title], measured, strict=True):
                entry = figures.get(name)
                number = entry and entry["value"]
                assert cell.startswith("–" if entry is None else f"{number:.{2 if abs(number) >= 10 else 4}f}"), (setting, name)


def test_arrows_say_where_each_gets_better(scores):
    rows = [row[0] for row in shown(scores)["all_crosstest"]]
    assert {"ISIM ↑", "Rotation error, ° ↓", "Re-identified ↑", "ED ↓"} <= set(rows)


def test_failures_stand_with_their_figures_and_none_is_said_where_there_is_none(scores):
    for figures in (figures for setting in ("self", "cross") for row in scores[setting].values() for figures in row.values()):
        for entry in figures.values():
            entry["failures"] = {}
            entry.pop("note", None)
    with every_metric():
        _, cross = all_metrics(scores)
    assert any("a face was found" in note for note in cross.notes)
    scores["cross"]["fdgan"]["ldnet"]["isim"]["failures"] = {"no face found": 3, "no value": 2}
    with every_metric():
        _, cross = all_metrics(scores)
    (row,) = [row for row in cross.rows if row[0].text == "ISIM ↑"]
    assert row[2].remarks == "no face found: 3, no value: 2" and row[1].remarks == ""
    assert not any("a face was found" in note for note in cross.notes)


def test_a_rough_figure_is_marked_and_the_reason_stands_below(scores):
    with every_metric():
        own, _ = all_metrics(scores)
    (row,) = [row for row in own.rows if row[0].text.startswith("FD (dlib-resnet-v1)")]
    assert row[1].remarks.endswith("rough")
    (note,) = [note for note in own.columns if note.startswith("FD (dlib-resnet-v1)")]
    assert scores["self"]["fdgan"]["driver"]["fd"]["note"] in note
