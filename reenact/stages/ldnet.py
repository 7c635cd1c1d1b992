"""Stage ldnet: from the landmarks of the training shards to an exported LD-Net."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reenact.config.schema import Params
from reenact.files import sha256_files
from reenact.ldnet.task import LDNetTask
from reenact.shards.reader import read_landmarks
from reenact.training.device import pick_device
from reenact.training.trainer import Trainer
from reenact.workspace import LDNET, TRAIN, TRUTH, Workspace

if TYPE_CHECKING:
    from reenact.training.watcher import Watcher


def made_from(params: Params, workspace: Workspace, code: str = "") -> dict[str, str]:
    """What the result depends on besides the parameters: the SHA-256 of each input by its name. `code`: that of the sources."""
    return {"code": code} | sha256_files(workspace.root, [*workspace.shards(params, TRAIN), _truth(workspace)])


def train(params: Params, workspace: Workspace, watcher: Watcher, made_from: Mapping[str, str]) -> None:
    """Train LD-Net on the training shards and the landmark-only subjects, or go on from the last checkpoint.

    Checkpoints of other parameters are left alone, and so are those of other data or code (`made_from`).
    """
    device = pick_device(params.device)
    table = read_landmarks(workspace.shards(params, TRAIN), _truth(workspace))
    Trainer(
        seed=params.training_seed,
        made_from=made_from,
        state_dir=workspace.training_state("ldnet"),
        out_dir=workspace.path(LDNET),
        checkpoint_every=params.ldnet.checkpoint_every,
        device=device,
        watcher=watcher,
    ).train(LDNetTask(params.ldnet, table, params.training_seed, device))


def _truth(workspace: Workspace) -> Path:
    return workspace.path(TRUTH, "landmarks.parquet")
