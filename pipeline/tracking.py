"""Trainings and evaluations as MLflow runs: parameters, figures by step, pictures, exported files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import torch
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from pipeline.experiments import home_of
from reenact.files import read_json, sha256_json, write_json
from reenact.params import Params
from reenact.training.device import pick_device, pick_precision

EXPERIMENT = "reenact"
SQLITE = "sqlite:///"


class MlflowTracker:
    """Passes a training's figures and pictures on to the run that is active (see `reenact.training.tracker.Tracker`)."""

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Log values by name at `step`."""
        mlflow.log_metrics(values, step=step)

    def image(self, name: str, image: np.ndarray, step: int) -> None:
        """Log a picture (H, W, 3), uint8 RGB, as it looks at `step`."""
        mlflow.log_image(image, key=name, step=step)


def machine(params: Params, threads: int) -> dict[str, str]:
    """What changes the last digits of a training's result besides its parameters: device, precision, threads, PyTorch's version."""
    device = pick_device(params.device)
    precision = pick_precision(params.fdgan.precision, device)
    return {"device": device.type, "precision": str(precision), "threads": str(threads), "torch": torch.__version__}


@contextmanager
def tracked_run(
    root: Path, name: str, params: Params, tags: Mapping[str, str], resume_file: Path | None = None
) -> Iterator[mlflow.ActiveRun]:
    """An MLflow run called `name`, with the parameters as its params and `tags` as its tags.

    With `resume_file`, a run that was killed goes on under its own id, which that file keeps until the run ends well; one with
    other parameters or tags is left as it ended, and a new run begins.
    """
    _connect(root)
    values = dict(_flat(params.model_dump(mode="json")))
    key = sha256_json({"params": values, "tags": dict(tags)})
    run_id = _interrupted_run(resume_file, key)
    with mlflow.start_run(run_id=run_id, run_name=None if run_id else name) as run:
        if resume_file is not None:
            write_json(resume_file, {"key": key, "run_id": run.info.run_id})
        mlflow.log_params(values)
        mlflow.set_tags({"stage": name, **tags})
        yield run
    if resume_file is not None:
        resume_file.unlink()


def _connect(root: Path) -> None:
    # MLFLOW_TRACKING_URI, where it is set, wins. Files lie in the project's folder, also for a run in an experiment's copy of it.
    home, uri = home_of(root), os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    local = uri.startswith(SQLITE)
    mlflow.set_tracking_uri(f"{SQLITE}{home / uri.removeprefix(SQLITE)}" if local else uri)
    client = MlflowClient()
    if client.get_experiment_by_name(EXPERIMENT) is None:
        client.create_experiment(EXPERIMENT, artifact_location=(home / "mlruns").as_uri() if local else None)
    mlflow.set_experiment(EXPERIMENT)


def _interrupted_run(resume_file: Path | None, key: str) -> str | None:
    if resume_file is None or not resume_file.is_file():
        return None
    interrupted = read_json(resume_file)
    try:
        status = MlflowClient().get_run(interrupted["run_id"]).info.status
    except MlflowException:
        return None  # the run was deleted, or the database with it
    if interrupted["key"] == key:
        return interrupted["run_id"]
    if status == "RUNNING":
        MlflowClient().set_terminated(interrupted["run_id"], "KILLED")
    return None


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
