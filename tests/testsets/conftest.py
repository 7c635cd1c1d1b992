from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.config.data import TestSetsParams
from reenact.config.schema import Params
from reenact.shards.frames import FrameStore
from reenact.shards.writer import ShardWriter

ClipKey = tuple[str, str, str]


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[Mapping[ClipKey, Sequence[int]]], FrameStore]:
    """A store over one shard with clips of given frame indices; every picture is black."""
    black = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()

    def make(clips: Mapping[ClipKey, Sequence[int]]) -> FrameStore:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        with ShardWriter(path, {}, row_group_rows=100) as writer:
            for (subject, video, clip), frames in clips.items():
                for frame in frames:
                    writer.write(
                        {"subject": subject, "video": video, "clip": clip, "frame": frame, "time": frame / 25, "image": black,
                         "landmarks": [0.0] * 136, "crop_box": [0.0] * 4, "score": 1.0, "flags": 1}
                    )  # fmt: skip
                writer.end_clip()
        return FrameStore([path])

    return make


@pytest.fixture
def clips() -> dict[ClipKey, list[int]]:
    """Seven subjects with two clips each; the second is longer, and lacks its first frames."""
    made: dict[ClipKey, list[int]] = {}
    for subject in range(7):
        made[f"id{subject}", "v1", "00001"] = list(range(8 + subject))
        made[f"id{subject}", "v2", "00001"] = list(range(3, 18 + subject))
    return made


@pytest.fixture
def store(make_store, clips) -> FrameStore:
    """The store of `clips`."""
    return make_store(clips)


@pytest.fixture
def with_testsets() -> Callable[..., Params]:
    return lambda seed=1, **values: Params(data_seed=seed, testsets=TestSetsParams(**values))
