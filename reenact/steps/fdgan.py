"""Stage fdgan: from pairs of frames of the training shards to an exported FD-GAN."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from reenact.fdgan.train import train_fdgan
from reenact.files import sha256_files
from reenact.params import Params
from reenact.shards.pairs import PairStream
from reenact.training.device import pick_device, pick_precision
from reenact.training.tracker import Tracker
from reenact.workspace import FDGAN, Workspace


def made_from(params: Params, workspace: Workspace, code: str = "") -> dict[str, str]:
    """What the result depends on besides the parameters: the SHA-256 of its inputs by name, and that of its sources, `code`."""
    return {"code": code} | sha256_files(workspace.root, workspace.shards(params, "train"))


def precision(params: Params) -> torch.dtype:
    """The arithmetic of FD-GAN's convolutions while it is trained."""
    return pick_precision(params.fdgan.precision, pick_device(params.device))


def train(params: Params, workspace: Workspace, tracker: Tracker, made_from: Mapping[str, str]) -> None:
    """Train FD-GAN on pairs of frames of a clip, or go on from the last checkpoint.

    Checkpoints of other parameters, or made from other data or code (`made_from`), are not gone on with.
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
        made_from=made_from,
        tracker=tracker,
        device=pick_device(params.device),
    )
