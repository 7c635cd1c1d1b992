"""The readers that those of shards are compared with."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from benchmarks import read_baselines


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", ["jpeg", "png", "tar"])
def test_the_baselines_never_run_out_of_data(kind: str, workers: int, tiny_shard: Path, tmp_path: Path) -> None:
    """However fast the machine, a turn ends by the clock: ten times as many pairs as there are frames come, each of one clip."""
    assert read_baselines.write_files([tiny_shard], tmp_path / "files") == 12
    way = read_baselines.tar_batches if kind == "tar" else read_baselines.file_batches
    batches = list(islice(way(tmp_path / "files" / kind, 64, 4, workers), 30))
    assert len(batches) == 30
    assert all(tensor.shape[1:] == (3, 64, 64) and 1 <= len(tensor) <= 4 for batch in batches for tensor in batch)
    assert all((target != driver).any() for batch in batches for target, driver in zip(batch[0], batch[2], strict=True))
