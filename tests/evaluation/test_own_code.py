"""A figure names the version of the package that computed it, wherever that lies."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.source_hash import Sources
from pipeline.stages import stage_of
from reenact.evaluation.own_code import code_files, own_version, version_with

ROOT = Path(__file__).parents[2]
ASK = "from reenact.evaluation.own_code import own_version; print(own_version())"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A copy of the library in another folder."""
    shutil.copytree(ROOT / "reenact", tmp_path / "reenact", ignore=shutil.ignore_patterns("__pycache__", "weights"))
    return tmp_path


def asked(place: Path) -> str:
    """What the library that lies in a folder says of itself."""
    return subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(place)!r}); {ASK}"],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_the_version_is_that_of_the_project_with_a_hash():
    number = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert number and re.fullmatch(rf"portrait-reenact {re.escape(number[1])}, code SHA-256 [0-9a-f]{{64}}", own_version())
    assert version_with("") == f"portrait-reenact {number[1]}"


def test_another_place_changes_nothing_and_other_code_does(elsewhere):
    assert asked(elsewhere) == own_version()
    with (elsewhere / "reenact/metrics/ssim.py").open("a") as file:
        file.write("# another line")
    assert asked(elsewhere) != own_version()


def test_code_that_measures_nothing_changes_nothing(elsewhere):
    for name in ("reenact/report/page.py", "reenact/evaluation/speed.py", "reenact/faces/track.py"):
        with (elsewhere / name).open("a") as file:
            file.write("# another line")
    assert asked(elsewhere) == own_version()


def test_the_files_are_those_that_the_stage_runs_anew_for():
    """A file that is in the hash alone would change a card without a new measurement: it belongs into NOT_SCORING."""
    sources = {name.removeprefix("reenact/") for name in Sources(ROOT).files(stage_of("score").sources)}
    folders = ("metrics/", "faces/", "face3d/", "evaluation/")
    assert set(code_files()) == {name for name in sources if name.startswith(folders)}
