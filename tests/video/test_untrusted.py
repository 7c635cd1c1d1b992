"""Untrusted videos: they name other files, claim to be larger or longer than anything, and are named like commands."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from reenact.config.yaml_text import write_params
from reenact.video.tools import ffmpeg_path
from reenact.workspace import LISTS
from tests.support.inputs import bombs
from tests.support.inputs import strange as make
from tests.support.inputs.kinds import KINDS, LIMITS
from tests.support.inputs.outcomes import Kind, LeftOut
from tests.support.inputs.read import Ran, make_corpus, outcome, reenact
from tests.support.inputs.strange import Footage
from tests.support.media import ffmpeg

MEGABYTE = 2**20
IN_OPEN = 0x20  # <sys/inotify.h>


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return make.film(tmp_path_factory.mktemp("footage"))


def of(*subjects: str) -> list[Kind]:
    """The kinds of these subjects, and four more subjects, which make a corpus of any."""
    fill = [Kind(f"{number}/empty.mp4", "", make.holding(""), LeftOut("empty file")) for number in range(4)]
    return [*(kind for kind in KINDS if kind.file.split("/")[0] in subjects), *fill]


def read(root: Path, footage: Footage, kinds: list[Kind], limits: dict[str, int] | None = None) -> list[Ran]:
    """Make a corpus and read it by the commands; each kind is left out for its reason."""
    write_params(make_corpus(root, footage, kinds, limits), root / "params.yaml")
    lists = {name: (f"{LISTS}/{name}-00000.csv", f"{name}.parquet", f"{name}.json") for name in ("train", "test")}
    ran = [reenact(root, "corpus"), *(reenact(root, "shard", *paths) for paths in lists.values())]
    entries = outcome(root, set()).entries
    assert len(entries) == len(kinds)
    for kind in kinds:
        if isinstance(kind.expected, LeftOut):
            assert entries[str(Path(kind.file).with_suffix(""))]["problem"] == kind.expected.reason
    return ran


@contextmanager
def opened(path: Path) -> Iterator[list[int]]:
    """The times that anybody opens a file, counted by the kernel; the list is filled at the end."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    assert watch >= 0
    assert libc.inotify_add_watch(watch, os.fsencode(path), IN_OPEN) >= 0, os.strerror(ctypes.get_errno())
    times: list[int] = []
    try:
        yield times
        with suppress(BlockingIOError):  # there were none
            times += [event for _, event, _, _ in struct.iter_unpack("iIII", os.read(watch, 65536))]  # without names, as it is one file
    finally:
        os.close(watch)


def test_nothing_that_a_file_names_is_opened_or_called(footage: Footage, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, opened(footage["master"]) as times:
        server.setblocking(False)
        points_here = dataclasses.replace(footage, url=f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4")
        read(tmp_path, points_here, of("playlists"))
        with pytest.raises(BlockingIOError):  # nobody waits to be let in
            server.accept()
    assert times == []


def test_the_playlists_lead_somewhere_where_they_are_followed(footage: Footage, tmp_path: Path) -> None:
    """The test before can fail: ffmpeg that is allowed to opens the file and calls the address."""
    local, far = tmp_path / "local.mp4", tmp_path / "far.mp4"
    bombs.playlist(bombs.CONCAT.format("{local}"))(local, footage)
    with opened(footage["master"]) as times:
        ffmpeg("-f", "concat", "-safe", "0", "-i", local, "-frames:v", "1", "-f", "null", "-")
    assert times
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        bombs.playlist(bombs.HLS.format("{url}"))(
            far, dataclasses.replace(footage, url=f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4")
        )
        allowed = ["-protocol_whitelist", "file,http,tcp", "-f", "hls"]
        calling = subprocess.Popen([ffmpeg_path(), "-v", "quiet", *allowed, "-i", far, "-f", "null", "-"], stdin=subprocess.DEVNULL)
        server.accept()[0].close()
        calling.kill()
        calling.wait()


def test_no_name_is_a_command(footage: Footage, tmp_path: Path) -> None:
    read(tmp_path, footage, of("names"))
    assert list(tmp_path.rglob("shell")) == []


def test_bombs_cost_neither_time_nor_memory(footage: Footage, tmp_path: Path) -> None:
    bombs, nothing = tmp_path / "bombs", tmp_path / "nothing"
    bombs.mkdir()
    nothing.mkdir()
    for bomb, usual in zip(read(bombs, footage, of("bombs"), LIMITS), read(nothing, footage, of(), LIMITS), strict=True):
        assert bomb.memory < usual.memory + 300 * MEGABYTE  # the picture alone is 675 MB as RGB
        assert bomb.seconds < usual.seconds + 20
