"""Train a network under MLflow's eyes: ``python -m pipeline.train ldnet|fdgan``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import mlflow
import torch
import typer

from pipeline.locks import exclusive
from pipeline.tracking import MlflowTracker, machine, tracked_run
from reenact.cli import Network
from reenact.console import run_app
from reenact.presets import load_params
from reenact.workspace import STATE, Workspace


def train(
    network: Annotated[Network, typer.Argument()],
    threads: Annotated[int, typer.Option(help="CPU threads; the last digits of a result depend on their number.", min=1)] = 1,
    code: Annotated[str, typer.Option(help="Hash of the sources that decide the result.")] = "",
) -> None:
    """Train a network, go on from its last checkpoint if it was interrupted, and log the run."""
    root, params, step = Path(), load_params(), import_module(f"reenact.steps.{network}")
    torch.set_num_threads(threads)
    tags = {"code": code, **machine(params, step.precision(params), threads)}
    with exclusive(root / STATE / "training" / f"{network}.lock", f"training {network}"):
        made_from = step.made_from(params, Workspace(root), code)
        with tracked_run(root, network, params, tags, root / STATE / "mlflow" / f"{network}.json", made_from):
            step.train(params, Workspace(root), MlflowTracker(), made_from)
            mlflow.log_artifacts(str(root / "models" / network), artifact_path="model")


if __name__ == "__main__":
    run_app(train)
