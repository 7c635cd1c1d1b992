"""Writes a shard: rows of one clip after another, into row groups that never mix two clips."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reenact.files import atomic_path, written
from reenact.shards.schema import SCHEMA

NAMES = ["subject", "video", "clip"]
UNCOMPRESSED = {"image", "landmarks"}


class ShardWriter:
    """Context manager that writes a Parquet file. It appears whole at the end, or not at all after an exception.

    metadata: texts for the footer's key-value pairs. row_group_rows: rows per row group. A clip's last group has between half and one and a
    half times as many; a clip with fewer rows is one group. The same rows give the same bytes. ReenactError: the disk is full, or the file
    cannot be written for another reason.
    """

    def __init__(self, path: Path, metadata: Mapping[str, str], row_group_rows: int) -> None:
        self._path = path
        self._schema = SCHEMA.with_metadata(dict(metadata))
        self._row_group_rows = row_group_rows
        self._rows: list[Mapping[str, Any]] = []

    def __enter__(self) -> ShardWriter:
        with written(self._path), ExitStack() as stack:
            part = stack.enter_context(atomic_path(self._path))
            self._file = stack.enter_context(
                pq.ParquetWriter(
                    part,
                    self._schema,
                    # JPEG does not get smaller. Landmarks get smaller by a tenth only, and reading millions of them would slow down.
                    compression={name: "none" if name.split(".")[0] in UNCOMPRESSED else "zstd" for name in _column_paths()},
                    use_dictionary=NAMES,
                    write_statistics=[*NAMES, "frame"],
                    write_page_checksum=True,
                )
            )
            self._stack = stack.pop_all()
        return self

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a row of the current clip, a value for each column of `reenact.shards.schema.SCHEMA`."""
        self._rows.append(row)
        if 2 * len(self._rows) >= 3 * self._row_group_rows:
            self._flush(self._row_group_rows)

    def end_clip(self) -> None:
        """Close the current clip's row group; the next row begins another clip."""
        self._flush(len(self._rows))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with written(self._path):
            self._stack.__exit__(kind, error, trace)

    def _flush(self, count: int) -> None:
        rows, self._rows = self._rows[:count], self._rows[count:]
        if rows:
            with written(self._path):
                self._file.write_table(pa.Table.from_pylist(rows, schema=self._schema), row_group_size=len(rows))


def _column_paths() -> list[str]:
    return [f"{field.name}.list.element" if pa.types.is_fixed_size_list(field.type) else field.name for field in SCHEMA]
