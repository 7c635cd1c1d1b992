"""A finished workspace that is measured with every metric, where the tests' usual one has the first ones alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from reenact.evaluation.predict import predict
from reenact.evaluation.score import score
from reenact.files import write_json
from reenact.generators.registry import GENERATORS
from reenact.metrics.registry import METRICS
from reenact.report.build import build_report
from reenact.shards.frames import FrameStore
from reenact.testsets.crosstest import build_crosstest
from reenact.testsets.frozen_list import shard_hashes
from reenact.testsets.selftest import build_selftest
from reenact.workspace import TESTSETS, Workspace
from tests.support.made_workspace import PARAMS, predict_places, score_places

ALL, GENERATING = dict(METRICS), dict(GENERATORS)
# Of three people each: of two, each is the other's opposite, so that centred cosines mean nothing.
THREE = PARAMS.model_copy(update={"testsets": PARAMS.testsets.model_copy(update={"self_subjects": 3, "cross_pairs": 3})})


@contextmanager
def all_metrics() -> Iterator[None]:
    """Within the block all metrics are registered, in their order."""
    with registered(METRICS, ALL):
        yield


@contextmanager
def every_generator() -> Iterator[None]:
    """Within the block all generators are registered, in their order."""
    with registered(GENERATORS, GENERATING):
        yield


@contextmanager
def registered(registry: dict[str, Any], entries: Mapping[str, Any]) -> Iterator[None]:
    """Within the block a registry holds these entries."""
    before = dict(registry)
    registry.clear()
    registry.update(entries)
    try:
        yield
    finally:
        registry.clear()
        registry.update(before)


@pytest.fixture(scope="session")
def every(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The finished workspace once more, with test sets of three people (`THREE`)."""
    found = Workspace(tmp_path_factory.mktemp("every"))
    for folder in ("data", "models"):
        shutil.copytree(workspace.path(folder), found.path(folder))
    store, hashes = FrameStore(found.shards(THREE, "test")), shard_hashes(found.ledgers(THREE, "test"))
    write_json(found.path(TESTSETS, "selftest.json"), build_selftest(THREE, store, hashes))
    write_json(found.path(TESTSETS, "crosstest.json"), build_crosstest(THREE, store, hashes))
    with all_metrics():
        predict(THREE, **predict_places(found), device=torch.device("cpu"))
        score(THREE, **score_places(found))
        build_report(THREE, found)
    return found
