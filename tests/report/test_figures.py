from __future__ import annotations

import numpy as np

from reenact.report.curves import read_curves, write_curves
from reenact.report.sheets import Row, sheet, spread


def test_pictures_stand_in_their_row_and_column():
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)]
    pictures = [np.full((32, 32, 3), colour, np.uint8) for colour in colours]
    canvas = np.asarray(sheet(["one", "two"], [Row("a", pictures[:2]), Row("b", pictures[2:])]))
    assert canvas.shape == (26 + 2 * 132, 104 + 2 * 132, 3)
    for colour, (row, column) in zip(colours, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        assert tuple(canvas[26 + row * 132 + 64, 104 + column * 132 + 64]) == colour
    assert canvas[:26].min() < 100 and canvas[26:158, :100].min() < 100  # the names and labels


def test_few_are_spread_over_all():
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread("abc", 8) == ["a", "b", "c"]
    assert spread([7], 3) == [7]


def test_curves_have_points_only_where_a_loss_has_a_value(tmp_path):
    path = tmp_path / "curves.csv"
    path.write_text("step,stage1/a,stage2/b\n10,2.5,\n20,1.5,\n30,,0.25\n")
    curves = read_curves(path)
    assert list(curves) == ["stage1/a", "stage2/b"]
    np.testing.assert_array_equal(curves["stage1/a"], ([10, 20], [2.5, 1.5]))
    np.testing.assert_array_equal(curves["stage2/b"], ([30], [0.25]))
    write_curves(tmp_path / "curves.svg", curves)
    drawn = (tmp_path / "curves.svg").read_text()
    assert "stage1/a" in drawn and "stage2/b" in drawn and "<dc:date>" not in drawn
