from __future__ import annotations

from reenact.files import read_json
from reenact.report.ledger_table import ledger_table
from reenact.report.paper_tables import table1, table2, table3, table4
from reenact.report.render import render
from reenact.report.table import Cell, Table
from reenact.workspace import METRICS
from tests.support.markdown import cells


def test_table1_has_the_papers_distances_and_ratios(workspace):
    metrics = read_json(workspace.path(METRICS, "table1.json"))
    rows = cells(render("table.md", table=table1(metrics)))
    assert [len(row) for row in rows] == [4] * 6
    for column, space in enumerate(("E_I", "E_P", "landmarks"), start=1):
        one = metrics[space]["ratio_same_identity"]
        assert rows[4][column].split("; paper")[0].rstrip(")") == f"{one['value']:.4f} ({one['low']:.4f} to {one['high']:.4f}"
        assert one["low"] <= one["value"] <= one["high"]
    assert [tuple(map(papers, row[1:3])) for row in rows[1:]] == [
        ("2.0431", "3.5171"), ("3.1793", "1.2730"), ("3.8274", "3.6744"), ("0.5338", "0.9572"), ("0.8307", "0.3465"),
    ]  # fmt: skip


def test_table2_has_the_papers_figures_beside_and_the_landmarks_error_where_there_is_truth(workspace):
    metrics = read_json(workspace.path(METRICS, "table2.json"))
    text = render("table.md", table=table2(metrics))
    rows = cells(text)
    assert rows[0] == ["Test set", "Landmarks from", "ISIM ↑", "PSIM ↑", "ED ↓", "Landmark error ↓"]
    assert [(*row[:2], *map(papers, row[2:5])) for row in rows[1:]] == [
        ("SelfTest", "True", "0.7986", "0.9134", "0.1296"),
        ("SelfTest", "LD-Net", "0.7984", "0.8950", "0.1655"),
        ("CrossTest", "Driver's", "0.7145", "0.8615", "0.2080"),
        ("CrossTest", "LD-Net", "0.7726", "0.8398", "0.2430"),
        ("CrossTest", "dlib on the driving frames (no method)", "", "", ""),
    ]
    assert [row[5] for row in rows[1:3]] == ["–", "–"]
    cross = metrics["cross"]
    errors = [row["landmark_error"] for row in (cross["fdgan"]["driver"], cross["fdgan"]["ldnet"], cross["driving_frames"])]
    assert [row[5] for row in rows[3:]] == [in_words(error) for error in errors]


def papers(cell: str) -> str:
    """The paper's figure in a cell, or nothing."""
    return cell.partition("paper ")[2].partition(";")[0].rstrip(")")


def in_words(entry: dict) -> str:
    """A figure with its interval, and what is to be minded about it."""
    failures = ", ".join(f"{reason}: {number}" for reason, number in entry["failures"].items())
    remarks = ", ".join(filter(None, [failures, "rough" if "note" in entry else ""]))
    value, low, high = (f"{entry[key]:.4f}" for key in ("value", "low", "high"))
    more = "; ".join(filter(None, ["" if low == high == value else f"{low} to {high}", remarks]))
    return f"{value} ({more})" if more else value


def test_without_truth_the_landmarks_error_has_no_column(workspace):
    metrics = read_json(workspace.path(METRICS, "table2.json"))
    del metrics["cross"]["driving_frames"]
    for source in ("driver", "ldnet"):
        del metrics["cross"]["fdgan"][source]["landmark_error"]
    text = render("table.md", table=table2(metrics))
    assert cells(text)[0][-1] == "ED ↓" and "Landmark error" not in text


def test_table3_has_the_papers_figures_and_names_no_fid_of_ours(workspace):
    three = cells(render("table.md", table=table3(read_json(workspace.path(METRICS, "table3.json")))))
    assert three[0][-1] == "FD (dlib-resnet-v1) ↓" and not any("FID" in name for name in three[0])
    assert (papers(three[1][2]), papers(three[1][3])) == ("0.63", "0.63")
    assert three[5][:2] == ["CrossTest", "FD-GAN"] and papers(three[5][2]) == "0.7726" and three[5][3:5] == ["–", "–"]
    assert all("no method" in row[1] for row in three[2:5] + three[6:8])


def test_table4_keeps_what_was_measured_apart_from_what_was_published(workspace):
    metrics = read_json(workspace.path(METRICS, "table4.json"))
    rows = cells(render("table.md", table=table4(metrics)))
    assert rows[0][5:] == ["FD (dlib-resnet-v1) ↓", "FID ↓"]
    assert [row[:2] for row in rows[1:3]] == [["Measured here", "FD-GAN + LD-Net"], ["Measured here", "Target copied (no method)"]]
    assert [row[6] for row in rows[1:3]] == ["–", "–"]
    own = metrics["measured"]["fdgan"]
    assert rows[1][2:6] == [in_words(own[metric]) for metric in ("isim", "psim", "ed", "fd")]
    assert rows[3:] == [
        ["Published", "X2Face", "0.6347", "0.302", "0.448", "–", "101.72"],
        ["Published", "First-order model", "0.7699", "0.822", "0.274", "–", "55.94"],
        ["Published", "FD-GAN + LD-Net", "0.7762", "0.840", "0.243", "–", "67.68"],
    ]


def test_below_each_table_stand_its_cards_those_that_say_the_same_in_one_line(workspace):
    metrics = read_json(workspace.path(METRICS, "table3.json"))
    lines = [line for line in render("table.md", table=table3(metrics)).splitlines() if line.startswith("- Card ")]
    names = [name for line in lines for name in line.removeprefix("- Card ").partition(":")[0].split(", ")]
    assert sorted(names) == sorted(metrics["cards"])
    (line,) = [line for line in lines if "ssim-gaussian" in line and "quality 95" in line]
    assert "portrait-reenact" in line and line.endswith("command: reenact score, in the project's folder")
    assert not any("Card" in line for line in render("table.md", table=Table("t", "", ["a"], [[Cell("1", 1)]], [])).splitlines())


def test_the_rows_of_each_picture_format_are_named(workspace):
    metrics = read_json(workspace.path(METRICS, "table3.json"))
    (note,) = [note for note in table3(metrics).notes if "kept alike" in note]
    assert "FD-GAN: JPEG of quality 95, 64 pixels a side; " in note
    assert "Target copied (no method), Driving frames (no method)" in note and "JPEG of the test shards, 64 pixels a side" in note
    for card in metrics["cards"].values():
        card["images"] = "PNG"
    assert not any("kept alike" in note for note in table3(metrics).notes)


def test_the_ledger_table_adds_up_and_names_every_reason():
    train = {
        "clips": {"in": 5, "kept": 3, "left_out": {"truncated": 2}},
        "frames": {"in": 2000, "kept": 1500, "left_out": {"no face": 500}},
        "notes": {"upscaled": 7},
    }
    test = {"clips": {"in": 1, "kept": 1, "left_out": {}}, "frames": {"in": 9, "kept": 8, "left_out": {"stride": 1}}, "notes": {}}
    assert cells(render("table.md", table=ledger_table(train, test))) == [
        ["", "Train", "Test"],
        ["Clips in", "5", "1"],
        ["Clips kept", "3", "1"],
        ["Clips left out: truncated", "2", "0"],
        ["Frames in", "2,000", "9"],
        ["Frames kept", "1,500", "8"],
        ["Frames left out: no face", "500", "0"],
        ["Frames left out: stride", "0", "1"],
        ["Frames kept, upscaled", "7", "0"],
    ]


def test_words_are_escaped_in_html():
    table = Table("odd", "A <caption> & more", ["", "n"], [[Cell("<b>"), Cell("1", 1)]], ["a < b"])
    page = render("table.html", table=table)
    assert "<b>" not in page and "&lt;b&gt;" in page and "A &lt;caption&gt; &amp; more" in page
    assert '<data value="1">1</data>' in page
