"""How much landmarks and results shake: that it is measured as it was made."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import jitter
from reenact.reenactment.driver import DriverFrame

ROOT = Path(__file__).parents[2]


def test_what_shakes_lags_and_flattens_is_measured_as_it_was_made():
    times = np.arange(100) / 25
    curve = 10 * np.sin(2 * np.pi * times)
    assert jitter.lag([np.roll(curve, 1)], [curve]) == pytest.approx(1, abs=0.01)
    assert jitter.lag([10 * np.sin(2 * np.pi * (times - 0.01))], [curve]) == pytest.approx(0.25, abs=0.02)
    assert jitter.kept([0.5 * curve], [curve], 4) == {"kept": 0.5, "n": 4}
    points = np.zeros((4, 68, 2))
    points[1::2, :, 0] = 1  # every point leaps to the right and back: second differences of 2 pixels across
    assert jitter.jitter([points, np.full((4, 68, 2), np.nan)]) == pytest.approx(2)
    assert jitter.error([points + 7], [np.zeros_like(points)]) == pytest.approx(0.5)


def test_frames_without_a_face_are_passed_over():
    """Where a rendered person is lost for some frames, too, and where so few frames have a face that nothing shakes."""
    times = np.arange(100) / 25
    curve = 10 * np.sin(2 * np.pi * times)
    later = np.roll(curve, 1)
    later[40:45] = np.nan
    assert jitter.lag([later], [curve]) == pytest.approx(1, abs=0.05)
    seen = np.full((4, 68, 2), np.nan)
    seen[:2] = 0
    assert jitter.rounded(jitter.jitter([seen]), 3) is None
    face = np.zeros((68, 2), np.float32)
    driver = jitter.Driver([DriverFrame(k, 1, None if k < 2 else face + k) for k in range(4)], Fraction(1, 25), None)
    assert driver.first_seen().pts == 2


def jitter_of(driver: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.jitter", "--driver", str(driver), "--generated", "1", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_driver_who_is_hardly_seen_has_no_figure_rather_than_a_wrong_one(film, tmp_path):
    """In the last frame alone. What the results have is known: before the driver's first face they stand still."""
    film(tmp_path / "driver.mp4", 5, 24)
    done = jitter_of(tmp_path / "driver.mp4", "--slices", str(tmp_path / "slices.png"))
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert result["frames"] == 25 and result["landmarks"]["found"]["jitter"] is None
    assert all(result["results"]["smoothed"][name] is not None for name in ("wanted", "pictures"))
    assert Image.open(tmp_path / "slices0.png").size == (3 * 4 * 25, 256)


def test_a_driver_without_a_face_is_refused(film, tmp_path):
    film(tmp_path / "driver.mp4", 5, 25)
    done = jitter_of(tmp_path / "driver.mp4")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path}/driver.mp4 shows no face; name another driver"
