"""The sheets of generated pictures: which frames they show, and what stands where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchmarks import pictures, sheets
from benchmarks.read import shifted_row
from reenact.config.data import ShardsParams
from reenact.config.networks import DenseParams
from reenact.errors import ReenactError
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.generators.dense.model import Dense
from reenact.generators.flow.head import mean_face
from reenact.report.sheets import GAP, HEAD, LABEL, Row, Sheet
from reenact.shards.writer import ShardWriter
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.video.encode import VideoWriter
from tests.support.inputs.strange import person

ROOT = Path(__file__).parents[1]
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


def test_generators_of_different_sizes_are_not_compared(tmp_path):
    assert {name: each.size for name, each in pictures.load_generators(["warp", "released"]).items()} == {"warp": 256, "released": 256}
    with pytest.raises(ReenactError, match="different sizes"):
        pictures.load_generators(["released", str(small_model(tmp_path))])


def small_model(folder: Path) -> Path:
    """An export of a dense generator for pictures of 64 pixels."""
    about = {
        "section": DenseParams().model_dump(),
        "seed": 1,
        "made_from": {},
        "iterations": {},
        "extra": {KEY: CropSettings.of(ShardsParams()).model_dump()},
    }
    export(folder / "small", Dense(DenseParams()), curves=Curves(), network="Dense", **about)
    return folder / "small"


def test_portraits_animated_by_a_video(tmp_path):
    for number in (5, 7):
        cv2.imwrite(str(tmp_path / f"{number}.png"), cv2.cvtColor(person(number), cv2.COLOR_RGB2BGR))
    with VideoWriter(tmp_path / "driver.mp4", person(7).shape[1::-1]) as video:
        for _ in range(4):
            video.write(person(7))
    command = ["benchmarks.portraits", tmp_path / "sheet.png", "--targets", tmp_path / "5.png", tmp_path / "7.png"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--drivers", tmp_path / "driver.mp4", "--frames", "2"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    cross = json.loads(done.stdout)["cross"]
    assert list(cross) == ["driving_frames", "released", "warp"]
    assert cross["driving_frames"]["nearest"] == {"value": 0.5, "low": 0.0, "high": 1.0, "n": 8}, "the driver is one of the two"
    assert cross["released"]["nearest"]["value"] == 1
    assert Image.open(tmp_path / "sheet.png").size == (LABEL + 4 * (256 + GAP), HEAD + 4 * (256 + GAP))


def test_pictures_of_shards_are_measured_and_shown(moving_faces, tmp_path):
    """Five people, each of whom is shown moving: target, truth, the generators, and the rows to read them by."""
    done = measured(moving_faces, "warp", "released", "--ldnet", "released", "--frames", "2", "--sheets", "sheets")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert list(result["self"]) == ["warp", "released", "true_frames"] and list(result["cross"]) == ["driving_frames", "warp", "released"]
    assert result["self"]["true_frames"]["ssim"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 10}
    assert result["self"]["released"]["ssim"]["n"] == 10 and result["cross"]["warp"]["nearest"]["n"] == 10
    assert 0 <= result["cross"]["released"]["nearest"]["value"] <= 1
    assert sorted(path.name for path in (moving_faces / "sheets").iterdir()) == ["best.png", "spread.png", "turned.png", "worst.png"]
    assert Image.open(moving_faces / "sheets/best.png").size == (LABEL + 4 * (256 + GAP), HEAD + 5 * (256 + GAP))


def test_shards_that_are_not_there_are_named(tmp_path):
    done = measured(tmp_path, "warp", "released", "--ldnet", "released")
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith(f"Error: --shards {tmp_path}/shards/*.parquet: no such files")


@pytest.fixture
def moving_faces(tmp_path) -> Path:
    """A folder with shards of a drawn face, three frames each of five subjects."""
    points = mean_face().numpy()[:, :2] * 60 + 128
    with ShardWriter(tmp_path / "shards/faces.parquet", {}, 100) as shard:
        for clip in range(5):
            for frame in range(3):
                shard.write(shifted_row(person(1), points.astype(np.float32), clip, frame))
            shard.end_clip()
    return tmp_path


def measured(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.pictures", *arguments, "--shards", str(folder / "shards/*.parquet")]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
