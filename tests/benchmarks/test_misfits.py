"""Which faces are kept as they are turned."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_misfits(film, tmp_path: Path) -> None:
    """A person who stands upright is kept, turned the other way up never."""
    film(tmp_path / "a.mp4", 5, 0)
    command = [sys.executable, "-m", "benchmarks.misfits", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    turns = json.loads(line)["turned"]
    assert {turn: (each["frames"], each["kept"]) for turn, each in turns.items()} == {
        "0": (25, 25),
        "90": (25, 0),
        "180": (25, 0),
        "270": (25, 0),
    }
    assert all(sum(each["left_out"].values()) == 25 - each["kept"] for each in turns.values())
