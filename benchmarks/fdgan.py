"""Time FD-GAN's training and generating on random images; prints one JSON line.

    python benchmarks/fdgan.py [--preset laptop] [--size N] [--threads 1] [--repeats 5]

Milliseconds of processor and wall time for a training iteration, a dictionary, a generated frame (one at a time, as in a video, and in
a batch) and a landmark image. Each is the fastest of the repeats, so that other load on the machine matters little.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from reenact.config.presets import apply_preset
from reenact.faces.landmark_image import draw
from reenact.generators.adversarial.adversaries import Adversaries
from reenact.generators.adversarial.losses import TranslatorLoss
from reenact.generators.adversarial.phase import Adversarial
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.seeding import generator
from reenact.shards.pairs import PairBatch
from reenact.training.device import autocast, pick_device, processor_flags

ROOT = Path(__file__).parents[1]
FRAMES = 8
TELLING_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")


def fastest(work: Callable[[], object], repeats: int, device: torch.device, parts: int = 1) -> dict[str, float]:
    """Milliseconds of `work` divided by `parts`: {"cpu", "wall"}, after one run to warm up."""
    taken = []
    for _ in range(repeats + 1):
        start = time.process_time(), time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        taken.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    return {name: round(1000 * min(column) / parts, 2) for name, column in zip(("cpu", "wall"), zip(*taken[1:], strict=True), strict=True)}


def random_pairs(size: int, batch: int, subjects: int) -> PairBatch:
    """Noise in the shape of a training batch."""
    random = generator(1, "fdgan benchmark")
    images = [torch.from_numpy(random.uniform(-1, 1, (batch, 3, size, size)).astype(np.float32)) for _ in range(2)]
    landmarks = [torch.from_numpy(random.uniform(0, size, (batch, 68, 2)).astype(np.float32)) for _ in range(2)]
    subject = torch.from_numpy(random.integers(0, subjects, batch))
    drawn = [draw(points, size) for points in landmarks]
    return PairBatch(images[0], landmarks[0], drawn[0], images[1], landmarks[1], drawn[1], subject)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--preset", default="laptop")
    parser.add_argument("--size", type=int, help="side of the images; the preset's if not given")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    params = apply_preset(ROOT, options.preset, [])
    config = params.fdgan
    size = options.size or config.image_size
    subjects = params.corpus.train_subjects or 1000
    device = pick_device(params.device)

    phase = Adversarial("fdgan", "FD-GAN", FDGAN(config), Adversaries(config, subjects), TranslatorLoss(config), None, config, device)
    pairs = random_pairs(size, config.schedule.batch_size, subjects)
    targets, wanted, *_ = phase.pairs(random_pairs(size, FRAMES, subjects))
    target, one = TargetInput(*(part[:1] for part in targets)), WantedInput(*(part[:1] for part in wanted))
    points = generator(1, "points").uniform(0, size, (FRAMES, 68, 2))
    fdgan = phase.average
    with torch.inference_mode(), autocast(device, phase.precision):
        dictionary = fdgan.encode(target)
        generating = {
            "extract": fastest(lambda: fdgan.encode(target), options.repeats, device),
            "translate": fastest(lambda: fdgan.translate(one, dictionary), options.repeats, device),
            "translate_in_batch": fastest(lambda: fdgan.translate(wanted, dictionary), options.repeats, device, FRAMES),
            "landmark_image": fastest(lambda: draw(points, size), options.repeats, device, FRAMES),
        }
    result = {
        "preset": options.preset,
        "size": size,
        "widths": config.widths,
        "batch": config.schedule.batch_size,
        "milliseconds": {"iteration": fastest(lambda: phase.step(pairs), options.repeats, device), **generating},
        "precision": str(phase.precision).removeprefix("torch."),
        "device": device.type,
        "threads": options.threads,
        "processor": platform.machine(),
        "processor_flags": [flag for flag in TELLING_FLAGS if flag in processor_flags()],
        "torch": torch.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
