"""Stage ldnet: from the landmarks of the training shards to an exported LD-Net."""

from __future__ import annotations

from reenact.files import sha256_files
from reenact.ldnet.train import train_ldnet
from reenact.params import Params
from reenact.shards.reader import read_landmarks
from reenact.training.device import pick_device
from reenact.training.tracker import Tracker
from reenact.workspace import LDNET, TRUTH, Workspace


def train(params: Params, workspace: Workspace, tracker: Tracker, code: str = "") -> None:
    """Train LD-Net on the training shards and the landmark-only subjects, or go on from the last checkpoint.

    `code` is the hash of the sources that the result depends on: checkpoints of other code, parameters or data are not gone on with.
    """
    shards, truth = workspace.shards(params, "train"), workspace.path(TRUTH, "landmarks.parquet")
    train_ldnet(
        params,
        read_landmarks(shards, truth),
        state_dir=workspace.training_state("ldnet"),
        out_dir=workspace.path(LDNET),
        made_from={"code": code} | sha256_files(workspace.root, [*shards, truth]),
        tracker=tracker,
        device=pick_device(params.device),
    )
