"""What is known exactly: landmarks, blendshapes and head rotation of rendered frames, and subjects of whom only landmarks are made.

data/truth/frames.parquet has a row for each rendered frame:

- subject, video, clip, split, frame (index at 25 frames/s);
- landmarks: 136 float32, x then y of 68 points, video pixels, (0, 0) the centre of the top-left pixel;
- blendshapes: 51 float32, in the order of the head model's `BLENDSHAPES`;
- rotation: 3 float32, yaw, pitch and roll in radians.

data/truth/landmarks.parquet has a row for each frame of the landmark-only subjects: subject, frame, landmarks (136 float32, pixels of a
256×256 picture). Either may have zero rows. The metadata of the first, and of each clip's truth, holds under "reenact" which ffmpeg
encoded the videos.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from reenact.clips import Clip
from reenact.parquet import LANDMARKS, landmark_column
from reenact.video.ffmpeg_build import FfmpegBuild

AGAIN = "delete it and run `reenact corpus` to render the clip again"
FRAMES_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("video", pa.string()),
        ("clip", pa.string()),
        ("split", pa.string()),
        ("frame", pa.int32()),
        ("landmarks", LANDMARKS),
        ("blendshapes", pa.list_(pa.float32(), 51)),
        ("rotation", pa.list_(pa.float32(), 3)),
    ]
)
METADATA_KEY = b"reenact"


def truth_path(video: Path) -> Path:
    """The truth beside a rendered video: NNNNN.mp4 -> NNNNN.truth.parquet."""
    return video.with_suffix(".truth.parquet")


def frames_table(clip: Clip, landmarks: np.ndarray, blendshapes: np.ndarray, rotation: np.ndarray) -> pa.Table:
    """A clip's rows of frames.parquet from landmarks (F, 68, 2), blendshapes (F, 51) and rotation (F, 3)."""
    count = len(landmarks)
    names = {name: [getattr(clip, name)] * count for name in ("subject", "video", "clip", "split")}
    columns = {
        **names,
        "frame": np.arange(count, dtype=np.int32),
        "landmarks": landmark_column(landmarks),
        "blendshapes": rows(blendshapes),
        "rotation": rows(rotation),
    }
    return pa.table(columns, schema=FRAMES_SCHEMA)


def with_encoder(truth: pa.Table, encoder: FfmpegBuild) -> pa.Table:
    """Truth that says in its metadata which ffmpeg encoded the videos."""
    return truth.replace_schema_metadata({METADATA_KEY: json.dumps({"ffmpeg": encoder.about()})})


def rows(values: np.ndarray) -> pa.FixedSizeListArray:
    """One float32 list per row of values (F, ...)."""
    flat = np.ascontiguousarray(values, np.float32).reshape(len(values), -1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1])
