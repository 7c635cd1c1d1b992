"""LD-Net's training: both stages one after the other, from a landmark table to an exported network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch

from reenact.ldnet.model import NETWORK, LDNet
from reenact.ldnet.sampler import Draw, Sampler
from reenact.ldnet.samples import SAMPLES, sample_sheet
from reenact.ldnet.stage1 import Stage1
from reenact.ldnet.stage2 import Stage2
from reenact.params import Params
from reenact.shards.reader import LandmarkTable
from reenact.training import checkpoint, loop
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.training.run_dir import run_dir
from reenact.training.seeding import torch_seed
from reenact.training.tracker import Tracker


def train_ldnet(
    params: Params,
    table: LandmarkTable,
    *,
    state_dir: Path,
    out_dir: Path,
    made_from: Mapping[str, str],
    tracker: Tracker,
    device: torch.device,
) -> None:
    """Train both stages and write model.safetensors, model.json and curves.csv into `out_dir`.

    `made_from` maps the names of the inputs to their SHA-256. A call that was killed goes on, in either stage, from its last checkpoint
    below `state_dir`, and ends with the same bytes; other parameters or inputs start afresh. At the end its own checkpoints are removed.
    The iterations that the tracker and the curves see count through both stages. With each checkpoint the tracker gets the picture
    "ldnet" (`samples.sample_sheet`), always of the same frames.
    Raises ReenactError for tables that LD-Net cannot learn from (`sampler.Sampler`) and for losses that are not finite.
    """
    section = params.ldnet.model_dump(mode="json")
    sampler = Sampler(table, device)
    shown = sampler.draw(params.training_seed, "samples", 0, SAMPLES)
    folder = run_dir(state_dir, section, params.training_seed, made_from)
    with torch_seed(params.training_seed, "ldnet"):
        ldnet = LDNet(params.ldnet).to(device)
    curves = Curves()
    done = 0
    for name, stage_class, schedule in (("stage1", Stage1, params.ldnet.stage1), ("stage2", Stage2, params.ldnet.stage2)):
        with torch_seed(params.training_seed, "ldnet", name):
            stage = stage_class(ldnet, sampler.subjects, params.ldnet, device)
        loop.run(
            stage.step,
            partial(sampler.draws, params.training_seed, name, batch_size=schedule.batch_size),
            iterations=schedule.iterations,
            parts=stage.parts(),
            curves=curves,
            folder=folder / name,
            device=device,
            checkpoint_every=params.ldnet.checkpoint_every,
            tracker=tracker,
            what=f"LD-Net {name}",
            advice=f"lower ldnet.{name}.learning_rate",
            steps_before=done,
            at_checkpoint=partial(_show, tracker, stage, shown, done),
        )
        done += schedule.iterations
    export(
        out_dir,
        ldnet,
        network=NETWORK,
        section=section,
        seed=params.training_seed,
        made_from=made_from,
        iterations={"stage1": params.ldnet.stage1.iterations, "stage2": params.ldnet.stage2.iterations},
        curves=curves,
    )
    checkpoint.clear(folder)


def _show(tracker: Tracker, stage: Stage1 | Stage2, shown: Draw, steps_before: int, done: int) -> None:
    tracker.image("ldnet", sample_sheet(stage.generate, shown), steps_before + done)
