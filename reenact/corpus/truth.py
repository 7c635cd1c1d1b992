"""What is known exactly: landmarks, face units and head rotation of rendered frames, and subjects of whom only landmarks are made.

data/truth/frames.parquet has a row for each rendered frame: subject, video, clip, split, frame (index at 25 frames/s), landmarks (136
float32: x then y of 68 points, video pixels, (0, 0) the centre of the top-left pixel), units (51 float32, in the order of the head model's
`UNITS`), rotation (3 float32: yaw, pitch, roll, radians). data/truth/landmarks.parquet has a row for each frame of the landmark-only
subjects: subject, frame, landmarks (136 float32, pixels of a 256×256 picture). Both have zero rows where there is nothing to tell. The
metadata of the first, and of each clip's truth, holds under "reenact" which ffmpeg encoded the videos.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.corpus.base import Clip
from reenact.corpus.landmark_subjects import landmark_subject_count
from reenact.files import atomic_path
from reenact.params import Params
from reenact.parquet import open_parquet
from reenact.progress import progress
from reenact.seeding import generator
from reenact.video.ffmpeg_build import FfmpegBuild

AGAIN = "delete it and run `reenact corpus` to render the clip again"
LANDMARKS = pa.list_(pa.float32(), 136)
FRAMES_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("video", pa.string()),
        ("clip", pa.string()),
        ("split", pa.string()),
        ("frame", pa.int32()),
        ("landmarks", LANDMARKS),
        ("units", pa.list_(pa.float32(), 51)),
        ("rotation", pa.list_(pa.float32(), 3)),
    ]
)
LANDMARKS_SCHEMA = pa.schema([("subject", pa.string()), ("frame", pa.int32()), ("landmarks", LANDMARKS)])
METADATA_KEY = b"reenact"
PICTURE_SIDE = 256  # of the picture that a landmark-only subject's landmarks lie in
TAKE_FRAMES = 50  # a landmark-only subject's frames come in takes of this length, each with its own mood and framing


def truth_path(video: Path) -> Path:
    """The truth beside a rendered video: NNNNN.mp4 -> NNNNN.truth.parquet."""
    return video.with_suffix(".truth.parquet")


def frames_table(clip: Clip, landmarks: np.ndarray, units: np.ndarray, rotation: np.ndarray) -> pa.Table:
    """A clip's rows of frames.parquet from landmarks (F, 68, 2), units (F, 51) and rotation (F, 3)."""
    count = len(landmarks)
    names = {name: [getattr(clip, name)] * count for name in ("subject", "video", "clip", "split")}
    columns = {
        **names,
        "frame": np.arange(count, dtype=np.int32),
        "landmarks": rows(landmarks),
        "units": rows(units),
        "rotation": rows(rotation),
    }
    return pa.table(columns, schema=FRAMES_SCHEMA)


def with_encoder(truth: pa.Table, encoder: FfmpegBuild) -> pa.Table:
    """Truth that says in its metadata which ffmpeg encoded the videos."""
    return truth.replace_schema_metadata({METADATA_KEY: json.dumps({"ffmpeg": encoder.about()})})


def rows(values: np.ndarray) -> pa.FixedSizeListArray:
    """One float32 list a row of values (F, ...)."""
    flat = np.ascontiguousarray(values, np.float32).reshape(len(values), -1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1])


def write_truth(params: Params, root: Path) -> None:
    """Write data/truth/frames.parquet and data/truth/landmarks.parquet below root.

    ReenactError where the corpus is rendered and a clip is missing.
    """
    folder = root / "data" / "truth"
    clips = rendered_clips(params, root)
    # One corpus folder is of one ffmpeg, so that the first clip speaks for all.
    schema = schema_of(clips[0]) if clips else FRAMES_SCHEMA
    write_tables(folder / "frames.parquet", schema, clip_tables(clips))
    write_tables(folder / "landmarks.parquet", LANDMARKS_SCHEMA, landmark_tables(params))


def write_tables(path: Path, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Write tables one after the other, a row group each, without holding them all."""
    with atomic_path(path) as part, pq.ParquetWriter(part, schema) as writer:
        for table in tables:
            writer.write_table(table)


def rendered_clips(params: Params, root: Path) -> list[Clip]:
    """The rendered clips in the corpus's order; none where the corpus is of real videos. ReenactError: one is missing."""
    if params.corpus.kind != "synthetic":
        return []
    from reenact.corpus.synthetic import SyntheticCorpus  # which writes its truth through this module

    return SyntheticCorpus(params, root).clips()


def schema_of(clip: Clip) -> pa.Schema:
    """The columns of a rendered clip's truth, and who encoded its video."""
    with open_parquet(truth_path(clip.path), AGAIN) as file:
        return file.schema_arrow


def clip_tables(clips: list[Clip]) -> Iterator[pa.Table]:
    """The truth of rendered clips, one after the other."""
    for clip in progress(clips, what="truth", unit="clip"):
        with open_parquet(truth_path(clip.path), AGAIN) as file:
            table = file.read().cast(FRAMES_SCHEMA)
        yield table


def landmark_tables(params: Params) -> Iterator[pa.Table]:
    """The landmarks of each landmark-only subject, lms00001 and on; none of them is rendered, nor in LMTest."""
    for number in progress(range(1, landmark_subject_count(params.corpus) + 1), what="landmarks", unit="subject"):
        subject = f"lms{number:05d}"
        landmarks = subject_landmarks(params, subject)
        yield pa.table(
            {"subject": [subject] * len(landmarks), "frame": np.arange(len(landmarks), dtype=np.int32), "landmarks": rows(landmarks)},
            schema=LANDMARKS_SCHEMA,
        )


def subject_landmarks(params: Params, subject: str) -> np.ndarray:
    """Landmarks (corpus.landmark_frames, 68, 2) float32 of a landmark-only subject.

    A pure function of the seed, the subject's name and the ranges of motion.
    """
    from reenact.corpus.synthetic.motion import draw_motion
    from reenact.corpus.synthetic.scene import draw_camera
    from reenact.faces.headmodel import head_model

    model = head_model()
    shape = model.identity(generator(params.data_seed, "identity", subject))
    takes = []
    for take in range(-(-params.corpus.landmark_frames // TAKE_FRAMES)):
        units, rotation = draw_motion(generator(params.data_seed, "motion", subject, take), TAKE_FRAMES, params.corpus.synthetic)
        camera = draw_camera(generator(params.data_seed, "camera", subject, take), PICTURE_SIDE, TAKE_FRAMES)
        takes.append(model.landmarks(shape, units, rotation, camera))
    return np.concatenate(takes)[: params.corpus.landmark_frames]
