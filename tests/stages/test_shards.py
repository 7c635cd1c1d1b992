from __future__ import annotations

import pytest

from reenact.config.schema import Params
from reenact.files import read_json, write_json
from reenact.shards.ledger import ClipAccount, ledger
from reenact.stages.shards import sum_ledgers
from reenact.workspace import SHARDS, SPLITS, Workspace


@pytest.fixture
def params() -> Params:
    return Params.model_validate({"shards": {"train_shards": 2, "test_shards": 1}})


@pytest.fixture
def workspace(params, tmp_path) -> Workspace:
    """A project with the ledgers of its shards, ten frames kept in each."""
    workspace = Workspace(tmp_path)
    for split in SPLITS:
        for number, path in enumerate(workspace.ledgers(params, split)):
            write_json(path, ledger(f"{split}-{number:05d}", "f" * 64, [ClipAccount("a", "v", str(number), parts={str(number): 10})]))
    return workspace


def test_the_sum_covers_both_splits(params, workspace):
    sum_ledgers(params, workspace)
    assert read_json(workspace.path(SHARDS, "ledger.json"))["frames"] == {"in": 30, "kept": 30, "left_out": {}}


def test_shards_that_are_no_longer_named_go_and_folders_stay(params, workspace):
    folder = workspace.path(SHARDS, "train")
    stray = folder / "00002.parquet"
    stray.touch()
    (folder / "notes").mkdir()
    sum_ledgers(params, workspace)
    assert not stray.exists()
    assert (folder / "notes").is_dir()
    assert all(path.is_file() for path in workspace.ledgers(params, "train"))
