from __future__ import annotations

import csv
import io

import pytest

from reenact.files import read_json
from reenact.report.csv_table import csv_text
from reenact.report.paper_tables import table1, table4
from reenact.report.table import Cell, Table, count, figure, measured
from reenact.workspace import METRICS


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_numbers_are_exact_ends_have_columns_and_dashes_are_empty():
    value = 0.1 + 0.2
    rows = [
        [
            Cell('A, "so called"'),
            measured({"value": value, "low": 1 / 4, "high": 1 / 3, "paper": 0.5, "failures": {}, "card": "isim"}),
            count(12345),
        ],
        [Cell("B"), measured({"value": -1e-7, "paper": None, "failures": {}, "card": "isim"}), Cell("0", 0, remarks="no face found: 3")],
        [Cell("C"), measured(None), count(7)],
    ]
    table = Table("t", "A caption.", ["Method", "ISIM ↑", "Frames"], rows, ["A note."])
    head, first, second, third = read(csv_text(table))
    assert head == ["Method", "ISIM ↑", "ISIM ↑ low", "ISIM ↑ high", "ISIM ↑, paper", "ISIM ↑, card", "Frames", "Frames, remarks"]
    assert first == ['A, "so called"', repr(value), "0.25", repr(1 / 3), "0.5", "isim", "12345", ""]
    assert second == ["B", "-1e-07", "", "", "", "isim", "0", "no face found: 3"]
    assert third == ["C", "", "", "", "", "", "7", ""]
    assert float(first[1]) == value
    assert csv_text(table) == csv_text(table) and "\r" not in csv_text(table) and csv_text(table).endswith("\n")


def test_the_first_columns_are_words_whatever_they_hold():
    table = Table("t", "", ["Test set", "Name", "ED"], [[Cell("SelfTest"), Cell("–"), figure(2.0)]], [], labels=2)
    assert read(csv_text(table)) == [["Test set", "Name", "ED"], ["SelfTest", "–", "2.0"]]


def test_the_papers_tables_keep_every_figure_of_their_metrics(workspace):
    metrics = read_json(workspace.path(METRICS, "table1.json"))
    head, *rows = read(csv_text(table1(metrics)))
    assert len({len(row) for row in (head, *rows)}) == 1
    entry = metrics["landmarks"]["ratio_same_pose"]
    assert any(row[-4:-1] == [str(entry["value"]), str(entry["low"]), str(entry["high"])] for row in rows)
    assert head[-3:] == [f"{head[-4]} low", f"{head[-4]} high", f"{head[-4]}, card"]
    table = table4(read_json(workspace.path(METRICS, "table4.json")))
    for row, fields in zip(table.rows, csv.DictReader(io.StringIO(csv_text(table))), strict=True):
        assert [fields[name] for name in table.head[: table.labels]] == [cell.text for cell in row[: table.labels]]
        for name, cell in zip(table.head[table.labels :], row[table.labels :], strict=True):
            assert fields[name] == ("" if cell.exact is None else str(cell.exact))
            assert fields.get(f"{name}, remarks", "") == cell.remarks


def test_each_figure_says_what_made_it_and_where_its_card_is(workspace):
    metrics = read_json(workspace.path(METRICS, "table4.json"))
    own, *_, published = csv.DictReader(io.StringIO(csv_text(table4(metrics))))
    name, _, line = own["ISIM ↑, card"].partition(": ")
    card = metrics["cards"][name]
    assert name == metrics["measured"]["fdgan"]["isim"]["card"] and published["ISIM ↑, card"] == ""
    assert line.startswith("dlib-resnet-v1; dlib ") and "JPEG of quality 95, 64 pixels a side" in line
    assert card["weights"].rpartition(" ")[2][:12] in line and card["weights"].rpartition(" ")[2] not in line, "hashes are shortened"
    assert line.endswith("command: reenact score, in the project's folder")


@pytest.mark.parametrize("labels", [1, 2])
def test_a_table_without_rows_has_its_headings(labels):
    assert read(csv_text(Table("t", "", ["a", "b"], [], [], labels=labels))) == [["a", "b"]]
