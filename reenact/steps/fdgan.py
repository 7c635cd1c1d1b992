"""Stage fdgan: from pairs of frames of the training shards to an exported FD-GAN."""

from __future__ import annotations

from reenact.fdgan.train import train_fdgan
from reenact.files import sha256_files
from reenact.params import Params
from reenact.shards.pairs import PairStream
from reenact.training.device import pick_device
from reenact.training.tracker import Tracker
from reenact.workspace import FDGAN, Workspace


def train(params: Params, workspace: Workspace, tracker: Tracker, code: str = "") -> None:
    """Train FD-GAN on pairs of frames of a clip, or go on from the last checkpoint.

    `code` is the hash of the sources that the result depends on: checkpoints of other code, parameters or data are not gone on with.
    """
    shards, section = workspace.shards(params, "train"), params.fdgan
    stream = PairStream(
        shards,
        seed=params.training_seed,
        image_size=section.image_size,
        batch_size=section.schedule.batch_size,
        shuffle_groups=section.shuffle_groups,
        pairs_per_group=section.pairs_per_group,
    )
    train_fdgan(
        params,
        stream,
        state_dir=workspace.training_state("fdgan"),
        out_dir=workspace.path(FDGAN),
        made_from={"code": code} | sha256_files(workspace.root, shards),
        tracker=tracker,
        device=pick_device(params.device),
    )
