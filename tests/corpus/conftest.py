"""Tiny videos, each with bytes of its own, and corpora made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from reenact.config.schema import Params
from reenact.video.encode import VideoWriter


@pytest.fixture(scope="session")
def video_bytes(tmp_path_factory) -> bytes:
    """Ten frames of 64×48 pixels at 25 frames/s, without sound."""
    path = tmp_path_factory.mktemp("video") / "ten.mp4"
    with VideoWriter(path, (64, 48)) as writer:
        for shade in range(10):
            writer.write(np.full((48, 64, 3), 20 * shade, np.uint8))
    return path.read_bytes()


@pytest.fixture
def write_video(video_bytes) -> Callable[..., Path]:
    """Write a playable video whose content differs from file to file by `note`, kept in a box that players skip."""

    def write(path: Path, note: str = "") -> Path:
        text = f"{path.parts[-3:]} {note}".encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(video_bytes + (8 + len(text)).to_bytes(4, "big") + b"free" + text)
        return path

    return write


@pytest.fixture
def project(tmp_path) -> Path:
    """An empty project folder, with room for a corpus beside it."""
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def params_for() -> Callable[..., Params]:
    """Parameters of a corpus in ../videos of the project, taking everything unless told otherwise."""

    def make(kind: str, *, seed: int = 1, shards: dict | None = None, **corpus) -> Params:
        everything = {"train_subjects": None, "test_subjects": None, "clips_per_subject": None}
        values = {"kind": kind, "path": "../videos"} | everything | corpus
        return Params.model_validate({"data_seed": seed, "corpus": values, "shards": shards or {}})

    return make


@pytest.fixture
def touch_clips(project) -> Callable[[Iterable[str]], Path]:
    """Make files in ../videos that hold nothing worth reading, for what looks at names only."""

    def make(names: Iterable[str]) -> Path:
        folder = project.parent / "videos"
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        return folder

    return make


@pytest.fixture
def write_track() -> Callable[..., Path]:
    """Write a track file as VoxCeleb1 publishes them, with the given rows of frame, x, y, width and height."""

    def write(path: Path, rows: Iterable[tuple[int, int, int, int, int]] = ((10, 100, 50, 90, 91), (11, 101, 50, 90, 91))) -> Path:
        head = "Identity  : \tA.J._Buckley\nReference : \t1zcIwhmdeo4\nOffset    : \t1\nFV Conf   : \t16.8\t(1)\nASD Conf  : \t4.0\n\n"
        lines = [f"{frame:06d}\t{x}\t{y}\t{width}\t{height} \n" for frame, x, y, width, height in rows]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + "FRAME \tX \tY \tW \tH \n" + "".join(lines))
        return path

    return write
