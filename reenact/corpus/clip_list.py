"""The manifest's rows, and the clip lists that shards are made from. Shards depend on this module, not on the corpora."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from reenact.files import reading, require_file

SCHEMA = pa.schema(
    [
        pa.field("subject", pa.string(), nullable=False),
        pa.field("video", pa.string(), nullable=False),
        pa.field("clip", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),  # train or test
        pa.field("path", pa.string(), nullable=False),  # posix; from the project's root, or absolute
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("sha256", pa.string()),  # of the video
        pa.field("duration", pa.float64()),  # seconds; of the track where there is one
        pa.field("fps", pa.float64()),
        pa.field("width", pa.int32()),  # pixels, upright
        pa.field("height", pa.int32()),
        pa.field("has_audio", pa.bool_()),
        pa.field("track", pa.string()),  # file with the face's boxes where the clip is a stretch of a longer video; like path
        pa.field("track_sha256", pa.string()),
        pa.field("problem", pa.string()),  # why the clip cannot be read; null where it can
        pa.field("shard", pa.int32(), nullable=False),  # number among the split's shards
    ]
)


@dataclass(frozen=True)
class ManifestRow:
    """One clip of the manifest; the fields are the columns of `SCHEMA` in their order."""

    subject: str
    video: str
    clip: str
    split: str
    path: str
    bytes: int
    sha256: str | None
    duration: float | None
    fps: float | None
    width: int | None
    height: int | None
    has_audio: bool | None
    track: str | None
    track_sha256: str | None
    problem: str | None
    shard: int


def list_bytes(rows: Iterable[ManifestRow]) -> bytes:
    """The content of a clip list, which `read_list` reads: UTF-8 CSV with the columns of `SCHEMA`, an empty cell for null."""
    # As objects, so that whole numbers stay whole beside cells without one.
    table = pd.DataFrame([vars(row) for row in rows], columns=SCHEMA.names, dtype=object)
    return table.to_csv(index=False, lineterminator="\n").encode()


def read_list(path: Path) -> list[ManifestRow]:
    """The clips of one list. Raises ReenactError where the file is missing or is no clip list."""
    remedy = "name a clip list that `reenact manifest` wrote"
    require_file(path, remedy)
    types = {field.name: pd.ArrowDtype(field.type) for field in SCHEMA}
    with reading(path, remedy, ValueError):
        table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
        if list(table) != SCHEMA.names:
            raise ValueError(f"it is no clip list: its columns are {', '.join(table)}")
        return [ManifestRow(**row) for row in pa.Table.from_pandas(table, SCHEMA, preserve_index=False).to_pylist()]
