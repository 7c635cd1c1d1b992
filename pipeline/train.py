"""Train a network under MLflow's eyes: ``python -m pipeline.train ldnet|fdgan``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import mlflow
import typer

from pipeline.tracking import MlflowTracker, tracked_run
from reenact.console import run_app
from reenact.presets import load_params
from reenact.steps.training import train_network
from reenact.workspace import STATE, Workspace


def train(
    network: Annotated[str, typer.Argument(help="ldnet or fdgan")],
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 1,
    code: Annotated[str, typer.Option(help="Hash of the sources that decide the result.")] = "",
) -> None:
    """Train a network, go on from its last checkpoint if it was interrupted, and log the run."""
    root, params = Path(), load_params()
    with tracked_run(root, network, params, {"code": code}, resume_file=root / STATE / "mlflow" / f"{network}.run"):
        folder = train_network(network, params, Workspace(root), MlflowTracker(), threads, code)
        mlflow.log_artifacts(str(folder), artifact_path="model")


if __name__ == "__main__":
    run_app(train)
