"""Measure the tables under MLflow's eyes: ``python -m pipeline.score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import mlflow
import torch
import typer

from pipeline.tracking.runs import SCORES_TAG, tracked_run
from pipeline.tracking.scored import figures
from reenact.config.load import load_params
from reenact.config.schema import Params
from reenact.console import run_app
from reenact.evaluation.enabled import network_folders
from reenact.evaluation.stored import open_stored
from reenact.files import read_json, sha256_file
from reenact.ldnet.model import load_ldnet
from reenact.report.extremes import chosen_by_seed
from reenact.report.machine import rendered_with
from reenact.report.sheets import MOST_ROWS, draw_sheet, result_sheet
from reenact.report.swaps import swap_picture
from reenact.shards.frames import FrameStore
from reenact.stages.evaluate import score_testsets
from reenact.testsets.lmtest import read_lmtest
from reenact.workspace import LDNET, METRICS, PREDICTIONS, READINGS, TEST, TESTSETS, Workspace

# Which run goes on after a kill, as what was read goes on.
RESUME = f"{READINGS}/run.json"


def score(
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
    code: Annotated[str, typer.Option(help="Hash of the sources that decide the result.")] = "",
) -> None:
    """Measure Tables 1 to 4 and log the same files, figures and sheets of results as an MLflow run, which goes on after a kill."""
    root, params = Path(), load_params()
    weights = {folder: sha256_file(root / folder / "model.safetensors") for folder in network_folders(params).values()}
    tags = {"code": code, **weights, "ffmpeg": rendered_with(Workspace(root))}
    with tracked_run(root, "evaluate", params, tags, root / RESUME):
        score_testsets(params, Workspace(root), workers)
        mlflow.log_artifacts(str(root / METRICS), artifact_path="metrics")
        mlflow.set_tag(SCORES_TAG, sha256_file(root / METRICS / "scores.json"))
        for table in sorted((root / METRICS).glob("table*.json")):
            mlflow.log_metrics(dict(figures(read_json(table), table.stem)))
        _log_sheets(params, Workspace(root))


def _log_sheets(params: Params, workspace: Workspace) -> None:
    store = FrameStore(workspace.shards(params, TEST))
    for kind, each in open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS)).items():
        sheet = result_sheet(each.testset, [each.results], chosen_by_seed(each.testset, MOST_ROWS, params.data_seed))
        mlflow.log_image(draw_sheet(sheet), f"sheets/{kind}.jpg")
    ldnet = load_ldnet(workspace.path(LDNET), torch.device("cpu"))
    mlflow.log_image(swap_picture(read_lmtest(workspace.path(TESTSETS, "lmtest.parquet")), ldnet), "sheets/swaps.png")


if __name__ == "__main__":
    run_app(score)
