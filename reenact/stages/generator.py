"""The stage of each generator that is trained: from pairs of frames of the training shards to an exported network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reenact.config.schema import Params
from reenact.files import sha256_files
from reenact.training.device import pick_device
from reenact.training.trainer import Trainer
from reenact.workspace import NOT_TRAINED, TRAIN, Workspace

if TYPE_CHECKING:
    from reenact.generators.registry import Entry
    from reenact.training.watcher import Watcher


def made_from(params: Params, workspace: Workspace, code: str = "") -> dict[str, str]:
    """What the result depends on besides the parameters: the SHA-256 of each input by its name. `code`: that of the sources."""
    return {"code": code} | sha256_files(workspace.root, workspace.shards(params, TRAIN))


def train(entry: Entry, params: Params, workspace: Workspace, watcher: Watcher, made_from: Mapping[str, str]) -> None:
    """Train a generator on pairs of frames of a clip, or go on from the last checkpoint.

    Checkpoints of other parameters are left alone, and so are those of other data or code (`made_from`).
    """
    workspace.path(entry.folder, NOT_TRAINED).unlink(missing_ok=True)
    device = pick_device(params.device)
    Trainer(
        seed=params.training_seed,
        made_from=made_from,
        state_dir=workspace.training_state(entry.name),
        out_dir=workspace.path(entry.folder),
        checkpoint_every=getattr(params, entry.name).checkpoint_every,
        device=device,
        watcher=watcher,
    ).train(entry.make_task(params, workspace.shards(params, TRAIN), device))
