"""Opening Parquet files, with errors that name the file, and columns of landmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.faces.layout68 import COORDINATES, POINTS
from reenact.files import reading, require_file

LANDMARKS = pa.list_(pa.float32(), COORDINATES)
"""The type of such a column: x0, y0, x1, y1, ..."""
# What Arrow raises for damaged files, such as texts that are not UTF-8, missing columns and numbers that are too large.
DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, TypeError, OverflowError, MemoryError)


@contextmanager
def open_parquet(path: Path, remedy: str) -> Iterator[pq.ParquetFile]:
    """A Parquet file whose pages are checked as they are read. Whatever is wrong with it becomes a ReenactError that ends with `remedy`.

    That includes every error in the block, so nothing but reading stands in it.
    """
    require_file(path, remedy)
    with reading(path, remedy, *DAMAGE), pq.ParquetFile(path, page_checksum_verification=True) as file:
        yield file


def landmarks_of(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """A column of lists of 136 float32 as an array (N, 68, 2) float32, x then y, pixels."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.flatten().to_numpy().reshape(len(column), POINTS, 2)


def landmark_column(landmarks: np.ndarray) -> pa.FixedSizeListArray:
    """Landmarks (N, 68, 2) as a column of lists of 136 float32: the inverse of `landmarks_of`."""
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(landmarks, np.float32).reshape(-1)), COORDINATES)
