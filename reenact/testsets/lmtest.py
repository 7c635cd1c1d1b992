"""LMTest's file: every identity shown in every pose and expression of one performance (paper, Section 4).

`reenact.testsets.lmtest_build` makes it; what only reads it does not depend on the head model.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.errors import ReenactError
from reenact.faces.layout68 import COORDINATES, POINTS
from reenact.files import atomic_path
from reenact.parquet import LANDMARKS, open_parquet

KIND = "lmtest"
FRAME_SIZE = 256
METADATA_KEY = b"reenact"
SCHEMA = pa.schema([("identity", pa.int32()), ("frame", pa.int32()), ("landmarks", LANDMARKS)])


@dataclass(frozen=True)
class LMTest:
    """The test set in memory.

    landmarks: (identities, frames, 68, 2) float32, pixels of a 256-pixel frame. names: the identities'. origin: the face model, and
    source, left_out and residual of identities and performance (`reenact.testsets.sources`).
    """

    landmarks: np.ndarray
    names: list[str]
    sha256: str
    origin: dict[str, Any]


def write_lmtest(path: Path, table: pa.Table) -> None:
    """Write the table to a Parquet file, atomically; the same table gives the same bytes."""
    with atomic_path(path) as part:
        pq.write_table(table, part, compression="zstd", use_dictionary=False)


def read_lmtest(path: Path) -> LMTest:
    """The test set from its file. Raises ReenactError where the file is missing, is another one, or lacks a combination."""
    with open_parquet(path, "build the test sets again") as file:
        table = file.read()
        about = json.loads((table.schema.metadata or {}).get(METADATA_KEY, b"{}"))
    if about.get("kind") != KIND:
        raise ReenactError(f"{path} is no LMTest file; build the test sets again")
    count, frames = len(about["identities"]["names"]), about["performance"]["frames"]
    landmarks = table["landmarks"].combine_chunks().flatten().to_numpy()
    if landmarks.size != count * frames * COORDINATES or hashlib.sha256(landmarks.tobytes()).hexdigest() != about["sha256"]:
        raise ReenactError(f"{path} does not hold the landmarks that its footer names; build the test sets again")
    names = about["identities"].pop("names")
    origin = {key: about[key] for key in ("face_model", "identities", "performance")}
    return LMTest(landmarks.reshape(count, frames, POINTS, 2), names, about["sha256"], origin)
