"""Trainings and evaluations as MLflow runs: params, metrics by step, images, exported files."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import mlflow
import torch
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from pipeline.tracking.database import EXPERIMENT, database_of, prepare, tracking_uri, uri_of
from pipeline.versioning.commit import commit_in_words
from reenact.config.schema import Params
from reenact.errors import ReenactError, Stopped
from reenact.files import read_json, sha256_file, sha256_json, write_json
from reenact.previews import preview
from reenact.training.checkpoint import note_of
from reenact.training.device import pick_device
from reenact.training.export import WEIGHTS
from reenact.training.watcher import Samples

log = logging.getLogger(__name__)
# Tags with the SHA-256 of what a run made: a network's weights, or an evaluation's scores.json.
NETWORK_TAG, SCORES_TAG = "weights", "scores"
COMMIT_TAG = "commit"
# Set if a program starts this one within an MLflow run of its own: MLflow would write into that run and that model.
OF_OTHER_RUNS = ("MLFLOW_RUN_ID", "MLFLOW_ACTIVE_MODEL_ID", "_MLFLOW_ACTIVE_MODEL_ID")


class MlflowWatcher:
    """Logs a training's losses and pictures to the active run (see `reenact.training.watcher.Watcher`)."""

    def __init__(self, note: Mapping[str, str] | None = None) -> None:
        """note: what `tracked_run` needs to go on in this run (its `resume_file`), for each checkpoint."""
        self._note = dict(note or {})
        self._logged: dict[str, int] = {}

    def note(self) -> Mapping[str, str]:
        """See `Watcher`."""
        return self._note

    def metrics(self, values: dict[str, float], iteration: int) -> None:
        """Log values by name at `iteration`. Iterations that are repeated after a kill are not logged twice."""
        fresh = {name: value for name, value in values.items() if iteration > self._last_step(name)}
        if fresh:
            mlflow.log_metrics(fresh, step=iteration)

    def _last_step(self, name: str) -> int:
        """The last step at which the run had a value of `name` when this training began; -1 if it had none."""
        if name not in self._logged:
            run = mlflow.active_run()
            assert run is not None, "a training is watched within its run"
            self._logged[name] = max((point.step for point in MlflowClient().get_metric_history(run.info.run_id, name)), default=-1)
        return self._logged[name]

    def samples(self, name: str, make: Callable[[], Samples], iteration: int) -> None:
        """Log a picture of the samples, as they look at `iteration`."""
        mlflow.log_image(preview(make()), key=name, step=iteration)

    def exported(self, folder: Path) -> None:
        """Log the files of the trained network, and the SHA-256 by which its run is found (`tracking.made_by`)."""
        mlflow.log_artifacts(str(folder), artifact_path="model")
        mlflow.set_tag(NETWORK_TAG, sha256_file(folder / WEIGHTS))


def machine(params: Params, precision: torch.dtype, threads: int) -> dict[str, str]:
    """What changes the last digits of a training's result besides its parameters: device, precision, threads, PyTorch's version."""
    return {"device": pick_device(params.device).type, "precision": str(precision), "threads": str(threads), "torch": torch.__version__}


@contextmanager
def tracked_run(
    root: Path,
    name: str,
    params: Params,
    tags: Mapping[str, str],
    resume_file: Path | None = None,
    made_from: Mapping[str, str] | None = None,
) -> Iterator[mlflow.ActiveRun]:
    """An MLflow run called `name`, with the parameters as its params, and `tags` and the project's commit as its tags.

    With `resume_file`, a killed run goes on under its own id; the file keeps the id until the run ends well. If parameters, tags or
    inputs (`made_from`: SHA-256 by name) differ, the killed run is not continued, and a new one begins. A run that a signal stopped is
    left KILLED, and goes on likewise.
    """
    connect(root)
    values = dict(_flat(params.model_dump(mode="json")))
    key = sha256_json({"params": values, "tags": dict(tags), "made_from": dict(made_from or {})})
    run_id = _interrupted_run(resume_file, key)
    with mlflow.start_run(run_id=run_id, run_name=None if run_id else name) as run:
        if resume_file is not None:
            write_json(resume_file, {"key": key, "run_id": run.info.run_id})
        mlflow.log_params(values)
        mlflow.set_tags({"stage": name, COMMIT_TAG: commit_in_words(root), **tags})
        try:
            yield run
        except Stopped:
            mlflow.end_run("KILLED")
            raise
    if resume_file is not None:
        resume_file.unlink()


def restore_note(training: Path, resume_file: Path) -> None:
    """If `resume_file` is gone, write it as the newest checkpoint in the folder `training` has it, so that its run goes on."""
    if not resume_file.exists() and (note := note_of(training)):
        write_json(resume_file, note)


def connect(root: Path) -> None:
    """Let MLflow read and write the runs of the project `root`."""
    for variable in OF_OTHER_RUNS:
        os.environ.pop(variable, None)
    database = database_of(root)
    if database is not None:
        prepare(root, database)
    mlflow.set_tracking_uri(tracking_uri() if database is None else uri_of(database))
    mlflow.set_experiment(EXPERIMENT)


def _interrupted_run(resume_file: Path | None, key: str) -> str | None:
    if resume_file is None or not resume_file.is_file():
        return None
    interrupted = _note(resume_file)
    if interrupted is None:
        return None
    try:
        status = MlflowClient().get_run(interrupted["run_id"]).info.status
    except MlflowException:
        return None  # the run was deleted, or the database with it
    if interrupted["key"] == key:
        return interrupted["run_id"]
    if status == "RUNNING":
        MlflowClient().set_terminated(interrupted["run_id"], "KILLED")
    return None


def _note(resume_file: Path) -> dict[str, str] | None:
    """What `tracked_run` wrote into the file. If the file is damaged, None and a warning: it must not stop a training."""
    with suppress(ReenactError):
        note = read_json(resume_file)
        if isinstance(note, dict) and all(isinstance(note.get(name), str) for name in ("key", "run_id")):
            return note
    log.warning("%s is damaged, or cannot be read: MLflow begins a new run.", resume_file)
    return None


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
