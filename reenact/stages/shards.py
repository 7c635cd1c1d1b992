"""Stage shards: from a clip list to a Parquet shard and its ledger, and the sum of all ledgers."""

from __future__ import annotations

import logging
from pathlib import Path

from reenact.config.schema import Params
from reenact.files import write_json
from reenact.shards import ledger
from reenact.shards.extract import extract_shard
from reenact.workspace import SHARDS, SPLITS, Workspace

log = logging.getLogger(__name__)


def make_shard(params: Params, workspace: Workspace, clip_list: Path, shard: Path, shard_ledger: Path) -> None:
    """Extract the clips of `clip_list` into `shard`. `shard_ledger` accounts for every frame."""
    extract_shard(clip_list, shard, shard_ledger, params, workspace.root)


def sum_ledgers(params: Params, workspace: Workspace) -> None:
    """Write the sum of all ledgers, and remove shards and ledgers that the parameters no longer name.

    Raises ReenactError where more was left out than `shards.max_left_out` allows.
    """
    listed = [path for split in SPLITS for path in (*workspace.shards(params, split), *workspace.ledgers(params, split))]
    present = [path for split in SPLITS for path in workspace.path(SHARDS, split).iterdir() if path.is_file()]
    for stray in sorted(set(present) - set(listed)):
        log.warning("Removing %s: the parameters name no such shard any more.", stray.relative_to(workspace.root))
        stray.unlink()
    for split in SPLITS:
        ledger.check_left_out(ledger.merge(workspace.ledgers(params, split)), split, params.shards.max_left_out)
    ledgers = [path for split in SPLITS for path in workspace.ledgers(params, split)]
    write_json(workspace.path(SHARDS, "ledger.json"), ledger.merge(ledgers))
