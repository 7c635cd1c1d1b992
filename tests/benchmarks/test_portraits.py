"""Portraits animated by videos: what is measured and drawn."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
from PIL import Image

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
