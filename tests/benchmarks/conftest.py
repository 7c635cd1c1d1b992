"""Small shards, and a second of video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.read import shifted_row
from reenact.generators.flow.head import mean_face
from reenact.shards.writer import ShardWriter
from reenact.video.encode import VideoWriter
from tests.support.inputs.strange import person


@pytest.fixture
def tiny_shard(tmp_path: Path) -> Path:
    """Fewer frames than the readers warm up with, of three clips; the last has but one, which no other can be paired with."""
    random, path = np.random.default_rng(1), tmp_path / "tiny.parquet"
    with ShardWriter(path, {}, 100) as shard:
        for clip, frames in enumerate((6, 5, 1)):
            for frame in range(frames):
                picture, points = random.integers(0, 255, (256, 256, 3), np.uint8), random.uniform(0, 255, (68, 2)).astype(np.float32)
                shard.write(shifted_row(picture, points, clip, frame))
            shard.end_clip()
    return path


@pytest.fixture
def faces_of(tmp_path: Path) -> Callable[[list[int]], Path]:
    """Writes a shard of a drawn face that moves: of each subject a clip of so many frames."""

    def write(lengths: list[int]) -> Path:
        path = tmp_path / "faces.parquet"
        points = mean_face().numpy()[:, :2] * 60 + 128
        with ShardWriter(path, {}, 100) as shard:
            for clip, frames in enumerate(lengths):
                for frame in range(frames):
                    shard.write(shifted_row(person(1), points.astype(np.float32), clip, frame))
                shard.end_clip()
        return path

    return write


@pytest.fixture
def faces_shard(faces_of) -> Path:
    """Five subjects of three frames each."""
    return faces_of([3] * 5)


@pytest.fixture
def film() -> Callable[[Path, int, int], None]:
    """Writes a second of 320×240 pixels: nobody in `empty` frames, and then the person of this number, who moves to the right."""

    def write(path: Path, number: int, empty: int) -> None:
        with VideoWriter(path, (320, 240)) as video:
            for k in range(25):
                canvas = np.full((240, 320, 3), 90, np.uint8)
                if k >= empty:
                    matrix = np.array([[1, 0, 10.0 + k], [0, 1, -5]])
                    cv2.warpAffine(person(number), matrix, (320, 240), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
                video.write(canvas)

    return write
