"""Shards whose footers have random changes are read, or refused by a ReenactError that names them. None aborts the process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from reenact.shards.frames import FrameStore
from reenact.shards.reader import read_landmarks, row_groups
from tests.support.fuzzing import changed, fuzz

MEBIBYTE = 2**20


def parquets(whole: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    end = len(whole) - 8  # of the footer: its length and the magic number follow
    begin = end - int.from_bytes(whole[end : end + 4], "little")
    for _ in range(count):
        footer = changed(whole, chance, begin, end)[begin:-8]
        yield whole[:begin] + footer + len(footer).to_bytes(4, "little") + whole[-4:]


def read_rows(path: Path) -> None:
    read_landmarks([path])
    FrameStore([path]).clips()
    groups = row_groups([path])
    for group in range(len(groups)):
        groups.read(group, ["image", "landmarks"])


def test_parquet_footers(tmp_path: Path, write_shard) -> None:
    path = write_shard(tmp_path / "it.parquet", [("amy", "v", "00001", 7), ("bob", "v", "00001", 5)], group_rows=4)
    found = fuzz(read_rows, partial(parquets, path.read_bytes(), 600), tmp_path / "changed.parquet", seed=6, memory=256 * MEBIBYTE)
    assert found["read"] > 5 and found["refused"] > 300
