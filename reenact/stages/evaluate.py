"""Stage evaluate: reenacted clips of the test sets, and the figures of the paper's tables."""

from __future__ import annotations

from reenact.config.schema import Params
from reenact.evaluation.enabled import enabled
from reenact.evaluation.predict import predict
from reenact.evaluation.score import score
from reenact.training.device import pick_device
from reenact.workspace import LDNET, METRICS, PREDICTIONS, READINGS, TEST, TESTSETS, TRUTH, Workspace


def predict_testsets(params: Params, workspace: Workspace) -> None:
    """Reenact every clip of SelfTest and CrossTest with every generator that is enabled."""
    predict(
        params,
        shards=workspace.shards(params, TEST),
        testsets=workspace.path(TESTSETS),
        ldnet_dir=workspace.path(LDNET),
        generator_dirs={name: workspace.path(entry.folder) for name, entry in enabled(params).items()},
        out_dir=workspace.path(PREDICTIONS),
        device=pick_device(params.device),
    )


def score_testsets(params: Params, workspace: Workspace, workers: int) -> None:
    """Measure Tables 1 to 4 in `workers` processes."""
    score(
        params,
        root=workspace.root,
        shards=workspace.shards(params, TEST),
        testsets=workspace.path(TESTSETS),
        truth=workspace.path(TRUTH, "frames.parquet"),
        ldnet_dir=workspace.path(LDNET),
        predictions=workspace.path(PREDICTIONS),
        out_dir=workspace.path(METRICS),
        kept=workspace.path(READINGS),
        workers=workers,
    )
