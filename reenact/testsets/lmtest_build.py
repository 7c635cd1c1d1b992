"""Building LMTest: identities crossed with one performance, so that both are known of every set of landmarks (paper, Section 4).

As in the paper, the identities are neutral photographs and the performance is a video, each fitted with a 3D face model, recombined and
projected. Where no photographs or video are named, rendered ones take their place and go the same way.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from reenact.config.schema import Params
from reenact.corpus.synthetic import corpus_encoder
from reenact.errors import ReenactError
from reenact.face3d.facemodel import FaceModel, face_model
from reenact.face3d.headmodel import BLENDSHAPES, Camera
from reenact.parquet import landmark_column
from reenact.synthetic import write_performer, write_portraits
from reenact.testsets.fitted import fitted_identities, fitted_performance
from reenact.testsets.inputs import Inputs
from reenact.testsets.lmtest import FRAME_SIZE, KIND, METADATA_KEY, SCHEMA
from reenact.testsets.sources import Identities, Performance

RENDERED = "rendered people"


def build_lmtest(params: Params, inputs: Inputs, root: Path, rendered: Path) -> pa.Table:
    """LMTest of the photographs and the video in `inputs`: see `cross` for the table.

    What `inputs` lacks is rendered into the folder `rendered`, which is emptied first: portraits/lm00000.png and on, performer.mp4.
    `root` is where a relative folder of another face model begins. Raises ReenactError as `fitted_identities` and `fitted_performance` do.
    """
    shutil.rmtree(rendered, ignore_errors=True)
    rendered.mkdir(parents=True)
    model = face_model(params.face_model, root)
    portraits = write_portraits(params, rendered / "portraits") if inputs.portraits is None else inputs.portraits
    if inputs.performer is None:
        encoder = corpus_encoder(params, root)
        performer = write_performer(params, rendered / "performer.mp4", encoder)
    else:
        encoder, performer = None, inputs.performer
    identities = fitted_identities(model, portraits, _name(params.testsets.portraits), params)
    performance = fitted_performance(model, performer, _name(params.testsets.performer), params)
    performance = replace(performance, ffmpeg=encoder.about() if encoder else None)
    asked = {"subjects": params.testsets.lmtest_subjects, "frames": params.testsets.lmtest_frames}
    return cross(model, identities, performance, params.data_seed, asked)


def cross(model: FaceModel, identities: Identities, performance: Performance, seed: int, asked: dict[str, int]) -> pa.Table:
    """Landmarks of each identity in each frame of the performance, identities outermost.

    The landmarks are projected at the frame's pose and moved so that the centre of their bounding box is the centre of a 256-pixel
    frame. Columns: identity int32, frame int32, landmarks list of 136 float32 (x then y of each point, pixels). The schema's metadata
    holds, as JSON under "reenact": kind, seed, frame size, face model, how many were `asked` for and got, the sources of identities and
    performance with what was left out, the fits' residuals and the ffmpeg that encoded a rendered performance, the identities' names, and
    the SHA-256 of the landmarks. Raises ReenactError where shapes and names, or blendshapes and rotations, do not fit together.
    """
    count, frames = len(identities.names), len(performance.blendshapes)
    if identities.shapes.shape != (count, *model.mean.shape):
        raise ReenactError(
            f"LMTest: the identities from {identities.source} must be {count} shapes of {model.mean.shape}, not {identities.shapes.shape}"
        )
    if performance.blendshapes.shape != (frames, len(BLENDSHAPES)) or performance.rotation.shape != (frames, 3):
        raise ReenactError(
            f"LMTest: the performance from {performance.source} must have blendshapes (T, {len(BLENDSHAPES)}) and rotation (T, 3), "
            f"not {performance.blendshapes.shape} and {performance.rotation.shape}"
        )
    camera = Camera(FRAME_SIZE)
    landmarks = np.stack([model.landmarks(shape, performance.blendshapes, performance.rotation, camera) for shape in identities.shapes])
    landmarks = centred(landmarks)
    about = {
        "kind": KIND,
        "seed": seed,
        "frame_size": FRAME_SIZE,
        "face_model": model.name,
        "asked": asked,
        "got": {"subjects": count, "frames": frames},
        "identities": {"names": identities.names} | _origin(identities),
        "performance": {"frames": frames} | _origin(performance) | ({"ffmpeg": performance.ffmpeg} if performance.ffmpeg else {}),
        "sha256": hashlib.sha256(landmarks.tobytes()).hexdigest(),
    }
    columns = [
        pa.array(np.repeat(np.arange(count, dtype=np.int32), frames)),
        pa.array(np.tile(np.arange(frames, dtype=np.int32), count)),
        landmark_column(landmarks),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA.with_metadata({METADATA_KEY: json.dumps(about, ensure_ascii=False).encode()}))


def _name(path: str | None) -> str:
    # The name alone: the same files in another place give the same bytes.
    return Path(path).name if path else RENDERED


def _origin(part: Identities | Performance) -> dict[str, object]:
    return {"source": part.source, "left_out": part.left_out, "residual": round(part.residual, 4)}


def centred(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (..., 68, 2) in pixels with the centre of their bounding box moved to the frame's centre; float32."""
    box_centre = (landmarks.min(axis=-2, keepdims=True) + landmarks.max(axis=-2, keepdims=True)) / 2
    return (landmarks - box_centre + (FRAME_SIZE - 1) / 2).astype(np.float32)
