"""Where things are: the layout of a project folder, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reenact.config.schema import Params

MANIFEST = "data/manifest"
LISTS = f"{MANIFEST}/lists"
TRUTH = "data/truth"
SHARDS = "data/shards"
TESTSETS = "data/testsets"
LMTEST_INPUTS = f"{TESTSETS}/inputs.json"
MODELS = "models"
LDNET = f"{MODELS}/ldnet"
# Alone in the folder of a generator that is not enabled.
NOT_TRAINED = "not_trained.json"
PREDICTIONS = "results/predictions"
METRICS = "results/metrics"
RESULTS = "results"
STATE = ".state"
# What an evaluation has read of faces so far.
READINGS = f"{STATE}/readings"
# How fast the networks were on this machine.
SPEEDS = f"{STATE}/speeds.json"

TRAIN, TEST = SPLITS = ("train", "test")


@dataclass(frozen=True)
class Workspace:
    """The paths of the project folder `root`, as the workflow's rules read and write them."""

    root: Path

    def lists(self, params: Params, split: str) -> list[Path]:
        """The clip lists of a split, one per shard."""
        return [self.root / LISTS / f"{split}-{number:05d}.csv" for number in range(shard_count(params, split))]

    def shards(self, params: Params, split: str) -> list[Path]:
        """The Parquet shards of a split."""
        return [self.root / SHARDS / split / f"{number:05d}.parquet" for number in range(shard_count(params, split))]

    def ledgers(self, params: Params, split: str) -> list[Path]:
        """The ledgers of a split's shards."""
        return [self.root / SHARDS / split / f"{number:05d}.ledger.json" for number in range(shard_count(params, split))]

    def training_state(self, network: str) -> Path:
        """The folder of a training's checkpoints."""
        return self.root / STATE / "training" / network

    def path(self, *parts: str) -> Path:
        """A path below the root."""
        return self.root.joinpath(*parts)


def shard_count(params: Params, split: str) -> int:
    """The number of shards of a split."""
    return {TRAIN: params.shards.train_shards, TEST: params.shards.test_shards}[split]
