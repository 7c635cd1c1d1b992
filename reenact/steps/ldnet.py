"""Stage ldnet: from the landmarks of the training shards to an exported LD-Net."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from reenact.files import sha256_files
from reenact.ldnet.train import train_ldnet
from reenact.params import Params
from reenact.shards.reader import read_landmarks
from reenact.training.device import pick_device
from reenact.training.tracker import Tracker
from reenact.workspace import LDNET, TRUTH, Workspace


def made_from(params: Params, workspace: Workspace, code: str = "") -> dict[str, str]:
    """What the result depends on besides the parameters: the SHA-256 of its inputs by name, and that of its sources, `code`."""
    return {"code": code} | sha256_files(workspace.root, [*workspace.shards(params, "train"), _truth(workspace)])


def precision(params: Params) -> torch.dtype:
    """The arithmetic that LD-Net is trained in."""
    return torch.float32


def train(params: Params, workspace: Workspace, tracker: Tracker, made_from: Mapping[str, str]) -> None:
    """Train LD-Net on the training shards and the landmark-only subjects, or go on from the last checkpoint.

    Checkpoints of other parameters, or made from other data or code (`made_from`), are not gone on with.
    """
    train_ldnet(
        params,
        read_landmarks(workspace.shards(params, "train"), _truth(workspace)),
        state_dir=workspace.training_state("ldnet"),
        out_dir=workspace.path(LDNET),
        made_from=made_from,
        tracker=tracker,
        device=pick_device(params.device),
    )


def _truth(workspace: Workspace) -> Path:
    return workspace.path(TRUTH, "landmarks.parquet")
