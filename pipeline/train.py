"""Train a network under MLflow's eyes: ``python -m pipeline.train NETWORK``, or the same by torchrun or srun in several processes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import torch
import typer

from pipeline.tracking.runs import MlflowWatcher, machine, restore_note, tracked_run
from reenact.cli import Network
from reenact.config.load import load_params, parse_params
from reenact.config.schema import PARAMS_FILE, Params
from reenact.console import run_app
from reenact.files import read_json
from reenact.locks import exclusive
from reenact.stages.networks import Train, made_from, precision, training_of
from reenact.training import distributed
from reenact.training.device import pick_device
from reenact.training.run_dir import run_dir
from reenact.training.watcher import NullWatcher
from reenact.workspace import STATE, Workspace


def train(
    network: Annotated[Network, typer.Argument()],
    threads: Annotated[
        int,
        typer.Option(help="CPU threads, of all processes that torchrun starts here; the last digits of a result depend on it.", min=1),
    ] = 1,
    code: Annotated[str, typer.Option(help="Hash of the sources that decide the result.")] = "",
) -> None:
    """Train a network, go on from its last checkpoint if it was interrupted, and log the run."""
    params = load_params()
    threads = distributed.threads_each(threads)
    torch.set_num_threads(threads)
    with distributed.joined(pick_device(params.device)):
        # However many there are: what the file says holds for the rule.
        params = parse_params({**params.model_dump(mode="json"), "processes": distributed.world()}, PARAMS_FILE)
        train_network = training_of(network, params)  # refuses what is not enabled before all shards are read for their hashes
        inputs = distributed.from_first(lambda: made_from(network, params, Workspace(Path()), code))
        if distributed.is_first():
            _train_tracked(train_network, network, params, threads, code, inputs)
        else:
            logging.getLogger().setLevel(logging.ERROR)
            train_network(params, Workspace(Path()), NullWatcher(), inputs)


def _train_tracked(train_network: Train, network: str, params: Params, threads: int, code: str, inputs: Mapping[str, str]) -> None:
    root, tags = Path(), {"code": code, **machine(params, precision(network, params), threads)}
    with exclusive(root / STATE / "training" / f"{network}.lock", f"training {network}"):
        note = root / STATE / "mlflow" / f"{network}.json"
        state = Workspace(root).training_state(network)
        restore_note(run_dir(state, getattr(params, network).model_dump(mode="json"), params.training_seed, inputs), note)
        with tracked_run(root, network, params, tags, note, inputs):
            train_network(params, Workspace(root), MlflowWatcher(read_json(note)), inputs)


if __name__ == "__main__":
    run_app(train)
