"""The manifest's rows, and the lists of clips that shards are made from; apart from the corpora, so that shards do not depend on them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SCHEMA.names)
    writer.writerows(vars(row).values() for row in rows)
    return text.getvalue().encode()


def read_list(path: Path) -> list[ManifestRow]:
    """The clips of one list. Raises ReenactError where the file is missing or is no clip list."""
    remedy = "name a clip list that `reenact manifest` wrote"
    require_file(path, remedy)
    with reading(path, remedy, ValueError, csv.Error), path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
        if header != SCHEMA.names:
            raise ValueError(f"it is no clip list: its columns are {', '.join(header)}")
        return [ManifestRow(*(_parsed(field.type, text) for field, text in zip(SCHEMA, line, strict=True))) for line in lines]


def _parsed(kind: pa.DataType, text: str) -> Any:
    if text == "":
        return None
    if pa.types.is_boolean(kind):
        return text == "True"
    if pa.types.is_integer(kind):
        return int(text)
    return float(text) if pa.types.is_floating(kind) else text
