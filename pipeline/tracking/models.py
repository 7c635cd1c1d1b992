"""Trained networks by the MLflow run that made them: the plugin behind `reenact animate --generator RUN`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import mlflow.artifacts
from mlflow.exceptions import MlflowException

from pipeline.tracking.database import database_of, relocate, tracking_uri, uri_of
from reenact.errors import ReenactError
from reenact.workspace import STATE

RUN_ID = re.compile(r"[0-9a-f]{32}")
ARTIFACT = "model"  # where `pipeline.train` logs the export


def run_folder(spec: str, network: str) -> Path | None:
    """The export that MLflow run `spec` logged, copied to .state/runs/ID; None if `spec` is no run id.

    The runs are those of MLFLOW_TRACKING_URI or, if it is not set, of mlflow.db in the working directory, which is the project's.
    Raises ReenactError if there is no such run, or it logged no network. network: "ldnet" or "generator", for the message.
    """
    if not RUN_ID.fullmatch(spec):
        return None
    database = database_of(Path())
    if database is not None and not database.is_file():
        raise ReenactError(f"--{network} {spec}: there is no {database} to look the run up in; run from the project's folder")
    relocate(Path())
    uri = tracking_uri() if database is None else uri_of(database)
    copy = Path(STATE, "runs", spec)
    copy.mkdir(parents=True, exist_ok=True)
    try:
        return Path(mlflow.artifacts.download_artifacts(run_id=spec, artifact_path=ARTIFACT, tracking_uri=uri, dst_path=str(copy)))
    except (MlflowException, OSError) as error:
        shutil.rmtree(copy)
        raise ReenactError(
            f"--{network} {spec}: MLflow has no run of that id with a trained network ({error}); `mlflow ui` lists the runs"
        ) from error
