"""Subjects of whom only landmarks are made, for LD-Net: none of them is rendered, nor in LMTest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from reenact.config.schema import Params
from reenact.face3d.headmodel import head_model
from reenact.parquet import LANDMARKS, landmark_column
from reenact.progress import progress
from reenact.seeding import generator
from reenact.synthetic.motion import draw_motion
from reenact.synthetic.scene import draw_camera

LANDMARKS_SCHEMA = pa.schema([("subject", pa.string()), ("frame", pa.int32()), ("landmarks", LANDMARKS)])
PICTURE_SIDE = 256  # of the picture that a landmark-only subject's landmarks lie in
TAKE_FRAMES = 50  # a landmark-only subject's frames come in takes of this length, each with its own mood and framing


def landmark_tables(params: Params) -> Iterator[pa.Table]:
    """The landmarks of each landmark-only subject, lms00001 and on; none of them is rendered, nor in LMTest."""
    for number in progress(range(1, params.corpus.landmark_subject_count + 1), what="landmarks", unit="subject"):
        subject = f"lms{number:05d}"
        landmarks = subject_landmarks(params, subject)
        yield pa.table(
            {
                "subject": [subject] * len(landmarks),
                "frame": np.arange(len(landmarks), dtype=np.int32),
                "landmarks": landmark_column(landmarks),
            },
            schema=LANDMARKS_SCHEMA,
        )


def subject_landmarks(params: Params, subject: str) -> np.ndarray:
    """Landmarks (corpus.landmark_frames, 68, 2) float32 of a landmark-only subject.

    A pure function of the seed, the subject's name and the ranges of motion.
    """
    model = head_model()
    shape = model.identity(generator(params.data_seed, "identity", subject))
    takes = []
    for take in range(-(-params.corpus.landmark_frames // TAKE_FRAMES)):
        blendshapes, rotation = draw_motion(generator(params.data_seed, "motion", subject, take), TAKE_FRAMES, params.corpus.synthetic)
        camera = draw_camera(generator(params.data_seed, "camera", subject, take), PICTURE_SIDE, TAKE_FRAMES)
        takes.append(model.landmarks(shape, blendshapes, rotation, camera))
    return np.concatenate(takes)[: params.corpus.landmark_frames]
