"""Small shards with known contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.shards.schema import SCHEMA


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
