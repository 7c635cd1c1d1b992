"""The sheets of generated pictures: which frames they show, and what stands where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchmarks import pictures, sheets
from reenact.generators.flow.head import mean_face
from reenact.report.sheets import GAP, HEAD, LABEL, Row, Sheet

SUBJECTS = ["ann", "ann", "bob"]
SCORES = [np.array([0.3, 0.5]), np.array([0.9, 0.4]), np.array([0.1, 0.6, 0.2])]


@pytest.mark.parametrize(
    ("show", "frames"),
    [("spread", [(0, 1), (2, 2)]), ("turned", [(1, 0), (2, 1)]), ("best", [(1, 0), (2, 1)]), ("worst", [(2, 0), (0, 0)])],
)
def test_one_frame_of_a_subject_is_shown(show, frames):
    assert sheets.picked(show, SUBJECTS, SCORES) == frames
    assert sheets.picked(show, SUBJECTS, SCORES, rows=1) == frames[:1]


def test_small_pictures_are_enlarged_and_large_ones_keep_their_size(tmp_path):
    for side, shown in ((64, 128), (256, 256)):
        sheets.write_sheet(tmp_path / "sheet.png", Sheet(["a", "b"], [Row("ann", [np.zeros((side, side, 3), np.uint8)] * 2)] * 3))
        assert Image.open(tmp_path / "sheet.png").size == (LABEL + 2 * (shown + GAP), HEAD + 3 * (shown + GAP))


def test_the_worst_frames_are_the_first_generators():
    landmarks = np.stack([mean_face().numpy()[:, :2] * 20 + 32] * 3).astype(np.float32)
    clips = [pictures.Clip(name, np.full((3, 64, 64, 3), n, np.uint8), landmarks) for n, name in enumerate(("ann", "bob"))]
    made = [{name: np.stack([np.full((64, 64, 3), 100 * n + i, np.uint8) for i in (1, 2)]) for name in ("dense", "warp")} for n in (1, 2)]
    scores = {"dense": (0.9, 0.1, 0.5, 0.8), "warp": (0.0, 1.0, 1.0, 0.0)}
    rows = pd.DataFrame([{"generator": name, "ssim_face": scores[name][i]} for i in range(4) for name in scores])
    shown = pictures.shown("worst", clips, made, rows)
    assert [[int(picture[0, 0, 0]) for picture in row.pictures] for row in shown.rows] == [[0, 0, 102, 102], [1, 1, 201, 201]]
    assert shown.columns == ["target", "truth", "dense", "warp"] and [row.label for row in shown.rows] == ["ann", "bob"]
