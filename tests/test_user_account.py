"""Commands as a user whom the system does not know, as in a container (`docker run --user 1234`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.user_account import ensure_account

NOBODY = ("unshare", "--user", "--map-user=54321", "--map-group=54321")  # no entry in passwd, and no rights over folders without w
SHOWN = """
from reenact.user_account import ensure_account
ensure_account()
import getpass, matplotlib, os, pathlib
print(getpass.getuser(), pathlib.Path.home(), matplotlib.get_cachedir(), sep="|")
"""


def as_nobody(**environment: str) -> list[str]:
    """User, home and matplotlib's cache folder, as a user without a name finds them."""
    if subprocess.run([*NOBODY, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no user make a user namespace")
    command = [*NOBODY, sys.executable, "-W", "error", "-c", SHOWN]
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": os.environ["PATH"], **environment}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return result.stdout.strip().split("|")


def test_a_user_without_name_and_home_gets_both(tmp_path: Path) -> None:
    name, home, cache = as_nobody(TMPDIR=str(tmp_path))
    assert (name, home) == ("54321", str(tmp_path))
    assert Path(cache).is_relative_to(tmp_path)


def test_a_home_that_cannot_be_written_stays_and_caches_go_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o555)
    (tmp_path / "tmp").mkdir()
    name, home, cache = as_nobody(TMPDIR=str(tmp_path / "tmp"), HOME=str(tmp_path / "home"))
    assert (name, home) == ("54321", str(tmp_path / "home"))
    assert Path(cache).is_relative_to(tmp_path / "tmp")


def test_what_is_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    before = dict(os.environ)
    ensure_account()
    assert dict(os.environ) == before
