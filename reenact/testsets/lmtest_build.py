"""Building LMTest: identities crossed with one performance, so that both are known of every set of landmarks (paper, Section 4).

The paper's identities are neutral photographs and its performance is a video, each fitted with a 3D face model. Both enter here
as what a fit yields: neutral shapes, and face units with head rotations. The defaults need no fit (`reenact.testsets.sources`).
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pyarrow as pa

from reenact.errors import ReenactError
from reenact.faces.headmodel import UNITS, Camera, HeadModel, head_model
from reenact.params import Params
from reenact.testsets.lmtest import FRAME_SIZE, KIND, METADATA_KEY, SCHEMA
from reenact.testsets.sources import Identities, Performance, unseen_identities, unseen_performance


def build_lmtest(params: Params) -> pa.Table:
    """LMTest of people whom no training sees and of a performance of the motion generator: see `cross` for the table."""
    identities = unseen_identities(params.testsets.lmtest_subjects, params.seed)
    performance = unseen_performance(params.testsets.lmtest_frames, params.seed)
    return cross(head_model(), identities, performance, params.seed)


def cross(model: HeadModel, identities: Identities, performance: Performance, seed: int) -> pa.Table:
    """Landmarks of each identity in each frame of the performance, identities outermost.

    The landmarks are projected at the frame's pose and moved so that the centre of their bounding box is the centre of a 256-pixel
    frame. Columns: identity int32, frame int32, landmarks list of 136 float32 (x then y of each point, pixels). The schema's metadata
    holds, as JSON under "reenact": kind, seed, frame size, the sources and names of identities and performance, and the SHA-256 of the
    landmarks. Raises ReenactError where shapes and names, or units and rotations, do not fit together.
    """
    count, frames = len(identities.names), len(performance.units)
    if identities.shapes.shape != (count, *model.average.shape):
        raise ReenactError(
            f"LMTest: the identities from {identities.source} must be {count} shapes of {model.average.shape}, "
            f"not {identities.shapes.shape}"
        )
    if performance.units.shape != (frames, len(UNITS)) or performance.rotation.shape != (frames, 3):
        raise ReenactError(
            f"LMTest: the performance from {performance.source} must have units (T, {len(UNITS)}) and rotation (T, 3), "
            f"not {performance.units.shape} and {performance.rotation.shape}"
        )
    camera = Camera(FRAME_SIZE)
    landmarks = np.stack([model.landmarks(shape, performance.units, performance.rotation, camera) for shape in identities.shapes])
    landmarks = centred(landmarks)
    about = {
        "kind": KIND,
        "seed": seed,
        "frame_size": FRAME_SIZE,
        "identities": {"source": identities.source, "names": identities.names},
        "performance": {"source": performance.source, "frames": frames},
        "sha256": hashlib.sha256(landmarks.tobytes()).hexdigest(),
    }
    columns = [
        pa.array(np.repeat(np.arange(count, dtype=np.int32), frames)),
        pa.array(np.tile(np.arange(frames, dtype=np.int32), count)),
        pa.FixedSizeListArray.from_arrays(pa.array(landmarks.reshape(-1)), 136),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA.with_metadata({METADATA_KEY: json.dumps(about, ensure_ascii=False).encode()}))


def centred(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (..., 68, 2) in pixels with the centre of their bounding box moved to the frame's centre; float32."""
    box_centre = (landmarks.min(axis=-2, keepdims=True) + landmarks.max(axis=-2, keepdims=True)) / 2
    return (landmarks - box_centre + (FRAME_SIZE - 1) / 2).astype(np.float32)
