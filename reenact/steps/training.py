"""Stages ldnet and fdgan: from the training shards to an exported network."""

from __future__ import annotations

from pathlib import Path

import torch

from reenact.errors import ReenactError
from reenact.fdgan.train import train_fdgan
from reenact.files import sha256_file
from reenact.ldnet.train import train_ldnet
from reenact.params import Params
from reenact.shards.pairs import PairStream
from reenact.shards.reader import read_landmarks
from reenact.training.device import pick_device
from reenact.training.tracker import Tracker
from reenact.workspace import FDGAN, LDNET, TRUTH, Workspace


def train_network(network: str, params: Params, workspace: Workspace, tracker: Tracker, threads: int, code: str = "") -> Path:
    """Train `network` (ldnet or fdgan), or go on from its last checkpoint; the folder of the export.

    `code` is the hash of the sources that the result depends on: checkpoints of other code, parameters or data are not gone on with.
    The last digits of a result depend on the number of CPU threads.
    """
    steps = {"ldnet": _train_ldnet, "fdgan": _train_fdgan}
    if network not in steps:
        raise ReenactError(f"There is no network named {network!r}; there are: {', '.join(steps)}.")
    torch.set_num_threads(threads)
    return steps[network](params, workspace, tracker, code)


def _train_ldnet(params: Params, workspace: Workspace, tracker: Tracker, code: str) -> Path:
    shards, truth = workspace.shards(params, "train"), workspace.path(TRUTH, "landmarks.parquet")
    made_from = _made_from(workspace, [*shards, truth], code)
    out_dir = workspace.path(LDNET)
    train_ldnet(
        params,
        read_landmarks(shards, truth),
        state_dir=workspace.training_state("ldnet"),
        out_dir=out_dir,
        made_from=made_from,
        tracker=tracker,
        device=pick_device(params.device),
    )
    return out_dir


def _train_fdgan(params: Params, workspace: Workspace, tracker: Tracker, code: str) -> Path:
    shards, section = workspace.shards(params, "train"), params.fdgan
    made_from = _made_from(workspace, shards, code)
    stream = PairStream(
        shards,
        seed=params.seed,
        image_size=section.image_size,
        batch_size=section.schedule.batch_size,
        shuffle_groups=section.shuffle_groups,
        pairs_per_group=section.pairs_per_group,
    )
    out_dir = workspace.path(FDGAN)
    train_fdgan(
        params,
        stream,
        state_dir=workspace.training_state("fdgan"),
        out_dir=out_dir,
        made_from=made_from,
        tracker=tracker,
        device=pick_device(params.device),
    )
    return out_dir


def _made_from(workspace: Workspace, inputs: list[Path], code: str) -> dict[str, str]:
    return {"code": code} | {path.relative_to(workspace.root).as_posix(): sha256_file(path) for path in inputs}
