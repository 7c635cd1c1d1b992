"""Parquet files opened so that what is wrong with one names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reenact.files import reading, require_file

# What Arrow raises for damage, and what it is led into: texts that are no UTF-8, columns that are not there, numbers that are too large.
DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, TypeError, OverflowError, MemoryError)


@contextmanager
def open_parquet(path: Path, remedy: str) -> Iterator[pq.ParquetFile]:
    """A Parquet file whose pages are checked as they are read; ReenactError that ends with `remedy` for whatever is wrong with it.

    That holds for what is done with the file in the block, so nothing but reading stands in it.
    """
    require_file(path, remedy)
    with reading(path, remedy, *DAMAGE), pq.ParquetFile(path, page_checksum_verification=True) as file:
        yield file
