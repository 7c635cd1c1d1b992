"""FD-GAN's training, from a stream of frame pairs to an exported network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from reenact.faces.crop_settings import KEY, CropSettings
from reenact.fdgan.model import FDGAN, NETWORK
from reenact.fdgan.steps import Adversaries, Steps
from reenact.params import Params
from reenact.shards.pairs import PairBatch, PairStream
from reenact.training import checkpoint, loop
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.training.pictures import sheet
from reenact.training.run_dir import run_dir
from reenact.training.seeding import torch_seed
from reenact.training.tracker import Tracker

SAMPLES = 4


def train_fdgan(
    params: Params,
    stream: PairStream,
    *,
    state_dir: Path,
    out_dir: Path,
    made_from: Mapping[str, str],
    tracker: Tracker,
    device: torch.device,
) -> None:
    """Train T against D and C and write model.safetensors, model.json and curves.csv into `out_dir`.

    `stream` gives batches of `params.fdgan.schedule.batch_size` pairs of `params.fdgan.image_size` pixels. `made_from` maps the names of
    the inputs to their SHA-256. A call that was killed goes on from its last checkpoint below `state_dir` and ends with the same bytes;
    other parameters or inputs start afresh. At the end its own checkpoints are removed. With each checkpoint the tracker
    gets the picture "fdgan" (`sample_sheet`), always of the stream's first pairs. model.json says how `params.shards` crops.
    Raises ReenactError for a stream of fewer than two subjects and for losses that are not finite.
    """
    section = params.fdgan.model_dump(mode="json")
    folder = run_dir(state_dir, section, params.training_seed, made_from)
    with torch_seed(params.training_seed, "fdgan"):
        steps = Steps(FDGAN(params.fdgan), Adversaries(params.fdgan, len(stream.subjects)), params.fdgan, device)
    _, shown = next(iter(stream.batches(0)))
    curves = Curves()
    loop.run(
        steps.step,
        stream.batches,
        iterations=params.fdgan.schedule.iterations,
        parts=steps.parts(),
        curves=curves,
        folder=folder,
        device=device,
        checkpoint_every=params.fdgan.checkpoint_every,
        tracker=tracker,
        what="FD-GAN",
        advice="lower fdgan.schedule.learning_rate",
        at_checkpoint=lambda done: tracker.image("fdgan", sample_sheet(steps, shown), done),
    )
    export(
        out_dir,
        steps.average,
        network=NETWORK,
        section=section,
        seed=params.training_seed,
        made_from=made_from,
        iterations={"fdgan": params.fdgan.schedule.iterations},
        curves=curves,
        extra={KEY: CropSettings.of(params.shards).model_dump()},
    )
    checkpoint.clear(folder)


@torch.no_grad()
def sample_sheet(steps: Steps, batch: PairBatch) -> np.ndarray:
    """At most four rows of target, wanted landmark image, painted image and truth: (rows·S, 4·S, 3) uint8 RGB."""
    target, drawn, wanted, truth = (images[:SAMPLES] for images in steps.images(batch))
    return sheet([target, wanted, steps.average(target, drawn, wanted), truth])
