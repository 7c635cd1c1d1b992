"""How fast clips become shards, and what is lost on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_extract(film, tmp_path: Path) -> None:
    (tmp_path / "clips" / "sub").mkdir(parents=True)
    film(tmp_path / "clips" / "a.mp4", 5, 0)
    film(tmp_path / "clips" / "sub" / "b.mp4", 7, 5)
    (tmp_path / "clips" / "note.txt").write_text("no clip")
    command = [sys.executable, "-m", "benchmarks.extract", tmp_path / "clips", "--long", "50"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    counts = {"clips": 2, "frames": 50, "frames_kept": 45, "frames_kept_by_plain": 45}
    lost = {"clips_lost": 0, "frames_lost": 0, "frames_of_another_face": 0}
    assert {key: result[key] for key in (counts | lost)} == counts | lost
    figures = {"ratio", "of_ceiling", "share_of_decoding", "peak_memory_mb", "long_clip_memory_mb", "two_workers"}
    assert all(result[key] > 0 for key in figures)
    assert 0 < result["landmark_median"] <= result["landmark_p95"] < 0.1
    assert 0 <= result["landmark_median_between_pixels"] < 0.1
    assert result["ms_per_frame"].keys() == {"decoding", "ceiling", "plain", "engine"}
    assert all(value > 0 for value in result["ms_per_frame"].values())
    assert isinstance(result["processor"], list)
