"""Portraits animated by videos: what is measured and drawn."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks import portraits
from reenact.reenactment.target import Target
from reenact.report.sheets import GAP, HEAD, LABEL
from reenact.video.encode import VideoWriter
from tests.support.inputs.strange import person

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(("length", "shown"), [(1, [0]), (2, [0, 1]), (7, [2, 4, 6])])
def test_frames_of_the_sheet_are_evenly_spread_over_however_many_there_are(length, shown):
    picture = np.zeros((64, 64, 3), np.uint8)
    numbered = np.stack([np.full((64, 64, 3), i, np.uint8) for i in range(length)])
    targets = [Target("ann", picture, np.zeros((68, 2), np.float32), picture)]
    results = [portraits.Animated({"driving_frames": numbered, "warp": numbered}, np.zeros((length, 68, 2), np.float32))]
    sheet = portraits.sheet_of(targets, results, 3)
    assert sheet.columns == ["target", "driving_frames", "warp"]
    assert [[int(each[0, 0, 0]) for each in row.pictures] for row in sheet.rows] == [[0, i, i] for i in shown]


def test_a_driver_without_a_face_is_refused(film, tmp_path, capsys, monkeypatch):
    cv2.imwrite(str(tmp_path / "5.png"), cv2.cvtColor(person(5), cv2.COLOR_RGB2BGR))
    film(tmp_path / "driver.mp4", 5, 20)
    paths = [str(tmp_path / name) for name in ("sheet.png", "5.png", "driver.mp4")]
    monkeypatch.setattr(sys, "argv", ["portraits", paths[0], "--targets", paths[1], "--drivers", paths[2], "--seconds", "0.5"])
    with pytest.raises(SystemExit) as ended:
        portraits.main()
    assert ended.value.code == f"Error: {paths[2]} shows no face in its first 0.5 s; name another driver"
    assert not (tmp_path / "sheet.png").exists()
