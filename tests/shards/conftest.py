"""Small shards with known contents, and the shards of clips."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.config.schema import Params
from reenact.corpus.clip_list import ManifestRow, list_bytes
from reenact.shards.extract import extract_shard
from reenact.shards.schema import SCHEMA
from tests.support.clips import FIRST, OTHER, film


def frame_landmarks(subject: str, frame: int, side: int) -> np.ndarray:
    """(68, 2) float32 that tell subject and frame: the first point is alone and moves with both."""
    points = np.random.default_rng(sum(map(ord, subject)) * 1000 + frame).uniform(0, side - 1, (68, 2))
    return points.astype(np.float32)


def dot_picture(centre: np.ndarray, side: int) -> bytes:
    """A JPEG with one soft white dot at `centre` (x, y, pixel-centre coordinates) on black."""
    down, across = np.mgrid[0:side, 0:side]
    distance = (across - centre[0]) ** 2 + (down - centre[1]) ** 2
    grey = 255 * np.exp(-distance / (2 * (side / 20) ** 2))
    return cv2.imencode(".jpg", np.repeat(grey[..., None], 3, axis=2).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()


@pytest.fixture
def write_shard() -> Callable[..., Path]:
    """Write a shard of (subject, video, clip, number of frames) with row groups of at most `group_rows` rows.

    Frame indices are even numbers; each picture has its dot at the first landmark.
    """

    def write(path: Path, clips: Sequence[tuple[str, str, str, int]], group_rows: int = 100, side: int = 64) -> Path:
        with pq.ParquetWriter(path, SCHEMA) as writer:
            for subject, video, clip, count in clips:
                rows = []
                for row in range(count):
                    landmarks = frame_landmarks(subject + video + clip, row, side)
                    rows.append(
                        {
                            "subject": subject, "video": video, "clip": clip, "frame": 2 * row, "time": 2 * row / 25,
                            "image": dot_picture(landmarks[0], side), "landmarks": landmarks.ravel().tolist(),
                            "crop_box": [0.0, 0.0, 1.0, 1.0], "score": 1.0, "flags": 1,
                        }
                    )  # fmt: skip
                for first in range(0, count, group_rows):
                    writer.write_table(pa.Table.from_pylist(rows[first : first + group_rows], SCHEMA))
        return path

    return write


@pytest.fixture
def extract(tmp_path: Path):
    """extract(*rows, **shards' parameters) -> shard and ledger."""

    def run(*rows: ManifestRow, **shards: Any) -> tuple[pa.Table, dict[str, Any]]:
        (tmp_path / "list.csv").write_bytes(list_bytes(rows))
        out, account = tmp_path / "out.parquet", tmp_path / "out.json"
        extract_shard(tmp_path / "list.csv", out, account, Params.model_validate({"shards": shards}), tmp_path)
        entries = json.loads(account.read_text())
        for clip in entries["by_clip"]:
            assert clip["frames_in"] == clip["frames_kept"] + sum(clip["left_out"].values())
            assert clip["frames_kept"] == sum(clip["parts"].values())
        return pq.read_table(out), entries

    return run


@pytest.fixture(scope="module")
def couple(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty frames of two people, the one on the right the larger; both move to the right."""
    pictures = [[(OTHER, 10 + 2 * k, 60, 0.8), (FIRST, 280 + 2 * k, 30, 1.1)] for k in range(40)]
    return film(tmp_path_factory.mktemp("couple") / "couple.mp4", pictures)
