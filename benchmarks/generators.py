"""How fast generators learn and generate: ``python -m benchmarks.generators`` prints one JSON line.

Each generator runs in a process of its own, on noise in the shape of a batch unless said otherwise:

- training_images_per_second: pictures generated in training, of the fastest iteration.
- training_over_plain: the same networks learn again in plain float32 (`benchmarks.plain_training`): contiguous memory, attention and
  skips as the paper writes them, no layer in place, PyTorch's own choice of how an optimiser loops. Iterations of both take turns; it is
  the ratio of the fastest of each.
- waiting_share: share of a training's time in which it waits for data. The trainer runs it on shards of rendered people, for two seconds a
  repeat, and an iteration a repeat at least. Time until the batches that were read ahead at the start are used up is left out.
- training_gflops: 10^9 floating-point operations of convolutions and matrix products a second, in training. They are counted in the plain
  formulas, so that what is computed twice counts once. share_of_peak: over those of a large 3×3 convolution in the training's precision
  (`convolution_gflops`, the faster of one before and one after everything else).
- ms_per_frame_batch1, ms_per_frame_batch8: a frame as `reenact animate` makes it, in the training's precision, from landmarks to uint8
  pictures, alone or eight at once, of a target that was encoded before. generating_gflops, generating_share_of_peak: of eight.
- peak_memory_mb: of the process that trains (generates, where nothing is trained), or on the CUDA device.

A generator that is not trained has figures of generating alone. Times are the fastest of the repeats.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.command import errors_as_text, positive
from benchmarks.plain_training import make_plain
from benchmarks.read import RENDERED, rendered_frames, shifted_row
from benchmarks.speed import (
    SEED,
    alone,
    convolution_gflops,
    counted,
    fastest,
    generating,
    make_task,
    named,
    peak_memory_mb,
    seconds_of,
    synchronise,
)
from reenact.config.data import SyntheticParams
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.base import Generator
from reenact.generators.pair_training.task import OnePhaseTask
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import TrainedGenerator
from reenact.progress import progress
from reenact.seeding import generator as random_of
from reenact.shards.pairs import BATCHES_AHEAD, PairBatch
from reenact.shards.writer import ShardWriter
from reenact.synthetic.renderer import Renderer
from reenact.training.device import pick_device, processor_flags
from reenact.training.trainer import Trainer
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher

ROOT = Path(__file__).parents[1]
CLIPS, CLIP_FRAMES = 4, 40
SECONDS = 2.0  # of training a repeat: of a few short iterations, waiting would show the reader's start alone
TELLING_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")


def make_shard(path: Path) -> None:
    """A shard of a few clips of rendered people, 256 pixels."""
    params = SyntheticParams()
    renderer = Renderer(params.image_size, params.supersampling)
    with ShardWriter(path, {}, CLIP_FRAMES) as shard:
        for clip in range(CLIPS):
            frames = rendered_frames(renderer, params, f"read{clip:05d}")
            for frame in range(CLIP_FRAMES):
                shard.write(shifted_row(*frames[frame % RENDERED], clip, frame))
            shard.end_clip()


def noise(size: int, batch: int) -> PairBatch:
    """Noise in the shape of a training batch."""
    random = random_of(SEED, "generators benchmark")
    images = [torch.from_numpy(random.uniform(-1, 1, (batch, 3, size, size)).astype(np.float32)) for _ in range(2)]
    points = [torch.from_numpy(random.uniform(0, size, (batch, 68, 2)).astype(np.float32)) for _ in range(2)]
    drawn = [draw(each, size) for each in points]
    return PairBatch(images[0], points[0], drawn[0], images[1], points[1], drawn[1], torch.arange(batch) % CLIPS)


def waiting_share(task: OnePhaseTask, device: torch.device) -> float:
    """Train to the end; the share of the time spent waiting for batches, without the first `BATCHES_AHEAD`."""
    (phase,) = task.phases()
    given, times = phase.batches, []  # when each batch was asked for and came

    def timed(start: int) -> Iterator[PairBatch]:
        batches = iter(given(start))
        while True:
            synchronise(device)
            asked = time.perf_counter()
            batch = next(batches)
            times.append((asked, time.perf_counter()))
            yield batch

    phase.batches = timed
    with TemporaryDirectory() as folder:
        Trainer(SEED, {}, Path(folder) / "state", Path(folder) / "out", 10**9, device, NullWatcher()).train(task)
    late = times[BATCHES_AHEAD:]
    return sum(came - asked for asked, came in late) / (late[-1][1] - times[BATCHES_AHEAD - 1][1])


def waited_iterations(seconds: float, repeats: int) -> int:
    """How many iterations of so many seconds tell the waiting: `SECONDS` a repeat, and those that are left out."""
    return BATCHES_AHEAD + max(repeats, math.ceil(repeats * SECONDS / seconds))


def training(name: str, params: Params, shard: Path, repeats: int, device: torch.device) -> tuple[dict, Generator]:
    """Figures of a training, and the generator that comes of it."""
    section = getattr(params, name)
    tuned_task = make_task(name, params, shard, device)
    (phase,) = tuned_task.phases()
    batch = noise(section.image_size, section.schedule.batch_size)
    phase.iterations = waited_iterations(fastest(lambda: run_iteration(phase, batch), 1, device), repeats)
    waiting = waiting_share(tuned_task, device)
    memory = peak_memory_mb(device)  # before there are plain networks
    (other,) = make_task(name, params, shard, device, precision="float32").phases()
    plain = make_plain(other, batch)
    operations = counted(plain)
    turns = [(seconds_of(lambda: run_iteration(phase, batch), device), seconds_of(plain, device)) for _ in range(repeats)]
    fast, slow = (min(times) for times in zip(*turns, strict=True))
    precision = named(phase.precision)
    return {
        "batch": section.schedule.batch_size,
        "precision": precision,
        "training_images_per_second": round(section.schedule.batch_size / fast, 3),
        "training_over_plain": round(slow / fast, 3),
        "waiting_share": round(waiting, 4),
        "training_gflops": round(operations / fast / 1e9, 2),
        "peak_memory_mb": memory,
    }, TrainedGenerator(phase.average.eval(), section.image_size, CropSettings.of(params.shards), phase.precision)


def rates_of(repeats: int, threads: int, params: Params) -> dict[str, float]:
    """`convolution_gflops` of each precision."""
    torch.set_num_threads(threads)
    device = pick_device(params.device)
    return {named(each): round(convolution_gflops(each, repeats, device), 1) for each in (torch.float32, torch.bfloat16)}


def shares(figures: dict, rates: dict[str, float]) -> dict:
    """The figures with their speed as a share of the convolution's."""
    rate = rates[figures.get("precision", "float32")]  # warp has no precision: it computes in float32
    done = {"generating_share_of_peak": figures["generating_gflops"] / rate}
    if "training_gflops" in figures:
        done["share_of_peak"] = figures["training_gflops"] / rate
    return {**figures, **{name: round(share, 3) for name, share in done.items()}}


def figures_of(name: str, params: Params, shard: Path, repeats: int, threads: int) -> dict:
    """All figures of a generator."""
    torch.set_num_threads(threads)
    device, entry = pick_device(params.device), GENERATORS[name]
    if not entry.is_trained:
        figures = generating(entry.make(params, device), repeats, device)
        return {**figures, "peak_memory_mb": peak_memory_mb(device)}
    learnt, made = training(name, params, shard, repeats, device)
    return {**learnt, **generating(made, repeats, device)}


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=GENERATORS, help=f"these alone, of: {', '.join(GENERATORS)}")
    parser.add_argument("--preset", default="paper")
    parser.add_argument("--threads", type=positive(int), default=len(os.sched_getaffinity(0)), help="all cores if not given")
    parser.add_argument("--repeats", type=positive(int), default=5)
    parser.add_argument("--batch", type=positive(int), help="pairs an iteration; the preset's if not given")
    options = parser.parse_args()
    names = options.only or list(GENERATORS)
    batches = [f"{name}.schedule.batch_size={options.batch}" for name in names if options.batch and GENERATORS[name].is_trained]
    params = apply_preset(ROOT, options.preset, batches)
    before = alone(rates_of, options.repeats, options.threads, params)
    with TemporaryDirectory() as folder:
        shard = Path(folder) / "shard.parquet"
        alone(make_shard, shard)
        figures = {
            name: alone(figures_of, name, params, shard, options.repeats, options.threads)
            for name in progress(names, what="generators", unit="generators")
        }
    after = alone(rates_of, options.repeats, options.threads, params)
    rates = {precision: max(rate, after[precision]) for precision, rate in before.items()}
    result = {
        "benchmark": "generators",
        "preset": options.preset,
        "generators": {name: shares(each, rates) for name, each in figures.items()},
        "convolution_gflops": rates,
        "threads": options.threads,
        "repeats": options.repeats,
        "device": torch.cuda.get_device_name() if pick_device(params.device).type == "cuda" else "cpu",
        "processor": platform.machine(),
        "processor_flags": [flag for flag in TELLING_FLAGS if flag in processor_flags()],
        "torch": torch.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
