from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from reenact.report.ledger_bars import ledger_in_words, write_ledger_bars

SPLITS = {
    "train": {
        "clips": {"in": 5, "kept": 3, "left_out": {"truncated": 2}},
        "frames": {"in": 2000, "kept": 1500, "left_out": {"no face": 400, "stride": 100}},
        "notes": {"upscaled": 7},
    },
    "test": {
        "clips": {"in": 1, "kept": 1, "left_out": {}},
        "frames": {"in": 1500, "kept": 1200, "left_out": {"no face": 300}},
        "notes": {},
    },
}


def drawn_bars(path):
    """Each bar's parts from left to right: rows from top to bottom, first those of the left panel, then of the right."""
    parts: dict[int, dict[float, list[tuple[float, float, str]]]] = {1: {}, 2: {}}
    root = ET.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    for panel, bars in parts.items():
        group = next(g for g in root.iter(f"{space}g") if g.get("id") == f"axes_{panel}")
        for shape in (shape for g in group if g.get("id", "").startswith("patch") for shape in g.iter(f"{space}path")):
            points = [tuple(map(float, pair)) for pair in re.findall(r"[ML] ([\d.]+) ([\d.]+)", shape.get("d"))]
            xs, ys = zip(*points, strict=True)
            if max(ys) - min(ys) > 5 and shape.get("style", "").find("stroke: #2b3036") >= 0:
                fill = re.search(r"fill: ([^;]+)", shape.get("style"))[1]
                bars.setdefault(round(min(ys), 1), []).append((min(xs), max(xs) - min(xs), fill))
    return [[sorted(bars[top]) for top in sorted(bars)] for bars in parts.values()]


def shares(bar):
    total = sum(width for _, width, _ in bar)
    return [round(width / total, 3) for _, width, _ in bar]


def test_parts_are_as_long_as_what_they_count_and_stand_end_to_end(tmp_path):
    write_ledger_bars(tmp_path / "ledger.svg", SPLITS)
    whole, lost = drawn_bars(tmp_path / "ledger.svg")
    assert [shares(bar) for bar in whole] == [[0.75, 0.2, 0.05], [0.8, 0.2], [0.6, 0.4], [1.0]]
    assert [shares(bar) for bar in lost] == [[0.8, 0.2], [1.0], [1.0]]
    for bar in (*whole, *lost):
        for (left, width, _), (following, _, _) in pairwise(bar):
            assert left + width == pytest.approx(following, abs=0.01)


def test_a_reason_looks_the_same_in_every_bar_and_no_two_alike(tmp_path):
    write_ledger_bars(tmp_path / "ledger.svg", SPLITS)
    whole, lost = drawn_bars(tmp_path / "ledger.svg")
    kept, no_face, stride = (fill for _, _, fill in whole[0])
    assert [fill for _, _, fill in lost[0]] == [no_face, stride] and lost[1][0][2] == whole[1][1][2] == no_face
    assert {bar[0][2] for bar in whole} == {kept}
    assert len({kept, no_face, stride, whole[2][1][2]}) == 4


def test_twenty_reasons_can_be_told_apart(tmp_path):
    many = {f"reason {number}": 1 for number in range(20)}
    splits = {"train": {unit: {"in": 21, "kept": 1, "left_out": many} for unit in ("clips", "frames")}}
    write_ledger_bars(tmp_path / "ledger.svg", splits)
    text = (tmp_path / "ledger.svg").read_text()
    whole, _ = drawn_bars(tmp_path / "ledger.svg")
    # A hatched fill is a reference to a pattern, which has the colour in it.
    assert len({fill for _, _, fill in whole[0]}) == 21
    assert all(f">{reason}<" in text for reason in many)


def test_reasons_numbers_and_nothing_left_out_are_written(tmp_path):
    write_ledger_bars(tmp_path / "ledger.svg", SPLITS)
    text = (tmp_path / "ledger.svg").read_text()
    for words in ("kept", "no face", "stride", "truncated", "train frames", "test clips", "2,000", "1,500", "nothing"):
        assert f">{words}<" in text or f"> {words}<" in text
    assert "<dc:date>" not in text


def test_the_same_ledgers_give_the_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        write_ledger_bars(tmp_path / name, SPLITS)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_words_say_what_the_bars_show():
    assert ledger_in_words(SPLITS) == (
        "Of 2,000 train frames 1,500 were kept, 400 left out: no face, 100 left out: stride. Of 1,500 test frames 1,200 were kept, "
        "300 left out: no face. Of 5 train clips 3 were kept, 2 left out: truncated. Of 1 test clips 1 were kept."
    )


def test_no_clips_at_all_are_drawn_as_nothing(tmp_path):
    empty = {unit: {"in": 0, "kept": 0, "left_out": {}} for unit in ("clips", "frames")}
    write_ledger_bars(tmp_path / "ledger.svg", {"train": SPLITS["train"], "test": empty})
    whole, _ = drawn_bars(tmp_path / "ledger.svg")
    assert len(whole) == 2
