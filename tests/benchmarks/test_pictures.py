"""How good pictures of unseen people are: that the figures are what they are said to be, and what the command prints and draws."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from benchmarks import pictures
from reenact.config.data import ShardsParams
from reenact.config.networks import DenseParams
from reenact.errors import ReenactError
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.generators.dense.model import Dense
from reenact.generators.flow.head import mean_face
from reenact.report.sheets import GAP, HEAD, LABEL
from reenact.shards.frames import FrameStore
from reenact.training.curves import Curves
from reenact.training.export import export

ROOT = Path(__file__).parents[2]


def test_a_figure_of_pictures_is_the_mean_over_frames_with_an_interval_over_subjects():
    values, subjects = pd.Series([0.0, 0.0, 1.0, np.nan]), pd.Series(["ann", "ann", "bob", "bob"])
    # Of two subjects a draw has ann alone (0), bob alone (1) or both (1/3): a quarter, a quarter and a half of all draws.
    assert pictures.figure(values, subjects) == {"value": round(1 / 3, 4), "low": 0.0, "high": 1.0, "n": 3}
    assert pictures.figure(values[3:], subjects[3:])["value"] is None


def test_how_far_a_generator_is_over_the_warp_is_measured_frame_by_frame():
    rows = [
        {"subject": subject, "generator": name, "ssim": base + over * (name == "dense")}
        for name in ("dense", "warp")
        for subject, base, over in (("ann", 0.2, 0.1), ("bob", 0.9, 0.1))
    ]
    over = pictures.summary(pd.DataFrame(rows))["dense"]["over_warp"]["ssim"]
    assert over == {"value": 0.1, "low": 0.1, "high": 0.1, "n": 2}


def test_turns_and_openings_of_the_mean_face_are_what_they_are_made_to_be():
    face = mean_face().numpy()
    turned = face @ Rotation.from_euler("y", 25, degrees=True).as_matrix().T
    frames = np.stack([face, turned])[..., :2].astype(np.float32) * 20 + 32
    assert pictures.turn_degrees(frames, 64) == pytest.approx([25], abs=1)
    opened = frames[0].copy()
    opened[66, 1] += 4  # a fifth of the distance between the eyes' outer corners
    before, after = pictures.gaps(frames[0]), pictures.gaps(opened)
    assert after[0] - before[0] == pytest.approx(0.2, abs=0.01) and after[1] == before[1]


def test_generators_of_different_sizes_are_not_compared(tmp_path):
    assert {name: each.size for name, each in pictures.load_generators(["warp", "released"]).items()} == {"warp": 256, "released": 256}
    with pytest.raises(ReenactError, match="different sizes"):
        pictures.load_generators(["released", str(small_model(tmp_path))])


def test_generators_of_one_name_are_not_taken_for_one():
    with pytest.raises(ReenactError, match=r"a/dense, b/dense, warp: 2 are called dense; .* rename"):
        pictures.load_generators(["a/dense", "b/dense", "warp"])


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


def test_pictures_of_shards_are_measured_and_shown(faces_shard):
    """Five people, each of whom is shown moving: target, truth, the generators, and the rows to read them by."""
    folder = faces_shard.parent
    done = measured(folder, "warp", "released", "--ldnet", "released", "--frames", "2", "--sheets", "sheets")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert list(result["self"]) == ["warp", "released", "true_frames"] and list(result["cross"]) == ["driving_frames", "warp", "released"]
    assert result["self"]["true_frames"]["ssim"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 10}
    assert result["self"]["released"]["ssim"]["n"] == 10 and result["cross"]["warp"]["nearest"]["n"] == 10
    assert 0 <= result["cross"]["released"]["nearest"]["value"] <= 1
    assert sorted(path.name for path in (folder / "sheets").iterdir()) == ["best.png", "spread.png", "turned.png", "worst.png"]
    assert Image.open(folder / "sheets/best.png").size == (LABEL + 4 * (256 + GAP), HEAD + 5 * (256 + GAP))


def test_clips_of_a_single_frame_are_left_out_and_counted(tiny_shard, capsys):
    """Of six, five and one frames."""
    assert [len(clip.images) for clip in pictures.clips_of(FrameStore([tiny_shard]), 12, 64)] == [6, 5]
    assert [clip.images.shape for clip in pictures.clips_of(FrameStore([tiny_shard]), 1, 64)] == [(2, 64, 64, 3)] * 2
    assert capsys.readouterr().err.splitlines() == ["clips left out, of a single frame: 1"] * 2


def test_shards_of_single_frames_are_refused(faces_of):
    done = measured(faces_of([1, 1]).parent, "warp", "released", "--ldnet", "released")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("Error: --shards: no clip has two frames or more")


def test_shards_that_are_not_there_are_named(tmp_path):
    done = measured(tmp_path, "warp", "released", "--ldnet", "released")
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith(f"Error: --shards {tmp_path}/*.parquet: no such files")


def measured(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.pictures", *arguments, "--shards", str(folder / "*.parquet")]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
