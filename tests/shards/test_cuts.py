"""Clips that are cut: the parts that come of them, and the parts with too few frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.support.clips import FIRST, OTHER, film, kept, row

CUT = [[(FIRST, 10, 20, 1)]] * 16 + [[(OTHER, 200, 20, 1)]] * 14 + [[(FIRST, 370, 60, 1.1)]] * 22


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that is cut to another person and back to the first one, elsewhere and a little larger."""
    return film(tmp_path_factory.mktemp("cut") / "cut.mp4", CUT)


def test_a_clip_that_is_cut_to_another_person_and_back_becomes_two_parts(extract, cut: Path, tmp_path: Path) -> None:
    table, account = extract(row(cut), row_group_rows=10)
    assert kept(table) == [("00001", k) for k in range(16)] + [("00001-2", k) for k in range(30, 52)]
    (clip,) = account["by_clip"]
    assert (clip["clip"], clip["parts"]) == ("00001", {"00001": 16, "00001-2": 22})
    assert (clip["left_out"], clip["problem"]) == ({"another face": 14}, None)
    assert account["clips"] == {"in": 1, "kept": 1, "left_out": {}}
    assert account["notes"]["after a cut"] == 22
    with pq.ParquetFile(tmp_path / "out.parquet") as file:
        groups = [file.read_row_group(k, columns=["clip"])["clip"].to_pylist() for k in range(file.num_row_groups)]
    assert [(group[0], len(group)) for group in groups] == [("00001", 10), ("00001", 6), ("00001-2", 10), ("00001-2", 12)]
    assert all(len(set(group)) == 1 for group in groups)


def test_crops_are_not_smoothed_across_a_cut(extract, cut: Path) -> None:
    # Without the other person in between the parts follow each other at once; both faces stand still.
    table, _ = extract(row(film(cut.parent / "at-once.mp4", CUT[:16] + CUT[30:])))
    boxes = np.array(table["crop_box"].to_pylist())
    assert table["clip"].to_pylist() == ["00001"] * 16 + ["00001-2"] * 22
    for part in (boxes[:16], boxes[16:]):
        assert np.ptp(part, axis=0).max() < 4
    assert boxes[16, 0] - boxes[15, 0] > 300


def test_a_part_with_too_few_frames_is_left_out(extract, cut: Path) -> None:
    table, account = extract(row(cut), min_frames_per_clip=20)
    assert kept(table) == [("00001-2", k) for k in range(30, 52)]
    (clip,) = account["by_clip"]
    assert clip["parts"] == {"00001-2": 22} and clip["left_out"] == {"another face": 14, "too few frames": 16}
    table, account = extract(row(film(cut.parent / "soon.mp4", CUT[:36])))
    assert set(kept(table)) == {("00001", k) for k in range(16)}
    (clip,) = account["by_clip"]
    assert clip["parts"] == {"00001": 16} and clip["left_out"] == {"another face": 14, "too few frames": 6}
    assert "after a cut" not in account["notes"]
    table, account = extract(row(cut), min_frames_per_clip=40)
    assert len(table) == 0 and account["clips"]["left_out"] == {"too few frames": 1}
    assert account["frames"] == {"in": 52, "kept": 0, "left_out": {"another face": 14, "too few frames": 38}}


@pytest.mark.parametrize(("least", "parts"), [(16, {"00001": 16, "00001-2": 22}), (17, {"00001-2": 22}), (23, {})])
def test_a_part_of_exactly_the_least_number_of_frames_is_kept(extract, cut: Path, least: int, parts: dict[str, int]) -> None:
    table, account = extract(row(cut), min_frames_per_clip=least)
    assert account["by_clip"][0]["parts"] == parts
    assert len(table) == sum(parts.values())
    assert account["by_clip"][0]["left_out"].get("too few frames", 0) == 38 - sum(parts.values())
