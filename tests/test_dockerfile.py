"""The container is made by the README's own steps."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def lines(instruction: str) -> list[str]:
    """What follows an instruction, each time that it stands there."""
    return re.findall(rf"^{instruction} +(.*)$", DOCKERFILE, re.MULTILINE)


def test_hadolint_finds_nothing():
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_it_installs_the_system_packages_that_the_readme_asks_for_and_no_others():
    (installed,) = re.findall(r"apt-get install --yes --no-install-recommends ([a-z ]+?) +&&", DOCKERFILE)
    (needed,) = re.findall(r"You need Python [\d.]+ or newer, (.+?)\.", README)
    assert sorted(installed.split()) == sorted(needed.split(" and "))


def test_it_makes_the_environment_as_the_readme_does():
    targets = re.findall(r"^([a-z-]+):.*?##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    commands = [command for command in lines("RUN") if "apt-get" not in command]
    assert commands == ["make install"] and "install" in targets
    (shown,) = re.findall(r"reenact (make \w+)$", DOCKERFILE.splitlines()[0])
    assert shown in README


def test_the_package_can_be_built_from_what_is_copied_before_the_rest(tmp_path):
    *first, last = lines("COPY")
    assert last == ". ."
    for line in first:
        *sources, target = line.split()
        for source in sources:
            path = ROOT / source
            assert path.exists()
            if path.is_dir():
                shutil.copytree(path, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, tmp_path / target)
    wheel = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
        tmp_path / "wheels",
        tmp_path,
    ]
    built = subprocess.run(wheel, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert [path.name for path in (tmp_path / "wheels").iterdir()] == ["portrait_reenact-0.1.0-py3-none-any.whl"]
