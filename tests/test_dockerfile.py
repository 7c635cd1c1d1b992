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


def test_it_makes_the_environment_and_the_demo_as_the_readme_does():
    (making,) = [command for command in lines("RUN") if "apt-get" not in command]
    assert making.endswith("&& make install")
    shown = re.findall(r"docker run --name demo reenact (make \w+)", DOCKERFILE)
    assert shown == ["make demo"] and "make demo" in README


def test_the_environment_finds_the_code_that_is_copied_after_it(tmp_path):
    """The editable install is made of empty packages; it must lead to whatever lies there later."""
    first, last = lines("COPY")
    assert last == ". ."
    *sources, target = first.split()
    assert target == "./"
    for source in sources:
        shutil.copy(ROOT / source, tmp_path)
    (making,) = [command for command in lines("RUN") if "apt-get" not in command]
    subprocess.run(making.removesuffix("&& make install").rstrip(" &"), shell=True, cwd=tmp_path, check=True)
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--target",
        site,
        "--editable",
        tmp_path,
    ]
    made = subprocess.run(install, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (tmp_path / "reenact" / "later").mkdir()
    (tmp_path / "reenact" / "later" / "__init__.py").write_text("NAME = 'copied'\n")
    find = f"import site; site.addsitedir({str(site)!r}); import sys; sys.path.reverse(); import reenact.later as l; print(l.NAME)"
    found = subprocess.run([sys.executable, "-S", "-c", find], capture_output=True, text=True, check=False, cwd=site)
    assert found.stdout == "copied\n", found.stderr
