"""Shards that no generator can learn from: the error says what is wrong, and in which file."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.generators.registry import trained


@pytest.fixture
def rewritten(shard: Path) -> Callable[[Callable[[pa.Table], pa.Table]], None]:
    """Change each row group of the shard: `rewritten(lambda rows: ...)`."""

    def run(change: Callable[[pa.Table], pa.Table]) -> None:
        with pq.ParquetFile(shard) as file:
            groups = [change(file.read_row_group(group)) for group in range(file.num_row_groups)]
        with pq.ParquetWriter(shard, groups[0].schema) as writer:
            for rows in groups:
                writer.write_table(rows)

    return run


def replaced(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), pa.field(name, column.type), column)


@pytest.mark.parametrize("name", trained())
def test_shards_of_landmarks_alone_are_named(params, rewritten, phase_of, name):
    """LD-Net learns from such; a generator needs the pictures."""
    rewritten(lambda rows: rows.drop_columns(["image"]))
    with pytest.raises(ReenactError, match=r"train-00000\.parquet .*image.* build the shards again"):
        next(phase_of(name, params).batches(0))


@pytest.mark.parametrize("image", [b"", None], ids=["empty", "null"])
def test_rows_without_a_picture_are_named(params, rewritten, phase_of, image):
    rewritten(lambda rows: replaced(rows, "image", pa.array([image] * len(rows), pa.binary())))
    with pytest.raises(ReenactError, match=r"train-00000\.parquet, row group \d, row \d: .*picture.* build it again"):
        next(phase_of("dense", params).batches(0))


@pytest.mark.parametrize("name", trained())
@pytest.mark.parametrize("value", [np.nan, np.inf, 30.0])
def test_landmarks_of_no_face_are_named_before_anything_is_trained(params, rewritten, phase_of, name, value):
    """One frame of many, which might be drawn only hours into the training."""
    groups = count()

    def spoil(rows: pa.Table) -> pa.Table:
        landmarks = np.array(rows["landmarks"].to_pylist(), np.float32)
        if next(groups) == 1:
            landmarks[2] = value
        return replaced(rows, "landmarks", pa.FixedSizeListArray.from_arrays(pa.array(landmarks.ravel()), 136))

    rewritten(spoil)
    with pytest.raises(ReenactError, match=r"train-00000\.parquet, row \d+: the landmarks are not finite, or all at one point; .*build"):
        phase_of(name, params)
