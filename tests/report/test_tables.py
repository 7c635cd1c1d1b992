from __future__ import annotations

from reenact.files import read_json
from reenact.report.ledger_table import ledger_table
from reenact.report.paper_tables import table1, table2, table3
from reenact.report.render import render
from reenact.report.table import Cell, Table
from reenact.workspace import METRICS


def cells(markdown: str) -> list[list[str]]:
    """The rows of a Markdown table, the header first."""
    rows = [line.strip("|").split("|") for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not set("".join(row)) <= set("-: ")]


def test_table1_has_the_papers_distances_and_ratios(workspace):
    rows = cells(render("table.md", table=table1(read_json(workspace.path(METRICS, "table1.json")))))
    assert [len(row) for row in rows] == [6] * 6
    assert [(row[2], row[4]) for row in rows[1:]] == [
        ("2.0431", "3.5171"), ("3.1793", "1.2730"), ("3.8274", "3.6744"), ("0.5338", "0.9572"), ("0.8307", "0.3465"),
    ]  # fmt: skip


def test_table2_and_table3_have_the_papers_figures_and_no_column_that_was_not_measured(workspace):
    two = cells(render("table.md", table=table2(read_json(workspace.path(METRICS, "table2.json")))))
    assert two[0] == ["Test set", "Landmarks from", "ISIM", "ISIM, paper"]
    assert [(row[0], row[1], row[3]) for row in two[1:]] == [
        ("SelfTest", "Ground truth", "0.7986"),
        ("SelfTest", "LD-Net", "0.7984"),
        ("CrossTest", "Source", "0.7145"),
        ("CrossTest", "LD-Net", "0.7726"),
    ]
    three = cells(render("table.md", table=table3(read_json(workspace.path(METRICS, "table3.json")))))
    assert three[0][-1] == "FD (dlib-resnet-v1)" and not any("FID" in name for name in three[0])
    assert (three[1][3], three[1][5]) == ("0.63", "0.63")
    assert three[4][:2] == ["CrossTest", "FD-GAN"] and three[4][3:7] == ["0.7726", "–", "–", "–"]
    assert all("no method" in row[1] for row in three[2:4] + three[5:7])


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
