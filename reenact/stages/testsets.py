"""Stage testsets: LMTest, SelfTest and CrossTest."""

from __future__ import annotations

from reenact.config.schema import Params
from reenact.files import write_json
from reenact.shards.frames import FrameStore
from reenact.testsets.crosstest import build_crosstest
from reenact.testsets.frozen_list import shard_hashes
from reenact.testsets.inputs import list_inputs, listed_inputs
from reenact.testsets.lmtest import write_lmtest
from reenact.testsets.lmtest_build import build_lmtest
from reenact.testsets.selftest import build_selftest
from reenact.workspace import TEST, TESTSETS, Workspace


def list_lmtest_inputs(params: Params, workspace: Workspace) -> bool:
    """List the photographs and the video that LMTest is fitted to. Returns whether the list changed."""
    return list_inputs(params, workspace.root)


def build_testsets(params: Params, workspace: Workspace) -> None:
    """Write the three test sets, and the portraits and the video that were rendered for LMTest."""
    folder = workspace.path(TESTSETS)
    store = FrameStore(workspace.shards(params, TEST))
    hashes = shard_hashes(workspace.ledgers(params, TEST))
    write_json(folder / "selftest.json", build_selftest(params, store, hashes))
    write_json(folder / "crosstest.json", build_crosstest(params, store, hashes))
    inputs = listed_inputs(params, workspace.root)
    write_lmtest(folder / "lmtest.parquet", build_lmtest(params, inputs, workspace.root, folder / "lmtest"))
