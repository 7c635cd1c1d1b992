"""Train LD-Net on landmark-only people and measure it on unseen people, of two families of heads; prints one JSON line.

    python -m benchmarks.ldnet [--preset laptop] [--set KEY=VALUE ...] [--ldnet FOLDER] [--full] [--lmtest FILES ...] [--shards FILES ...]

- table1_ratios: Table 1's ratios, by family (`benchmarks.landmark_grids`) and space: value, and the interval of 95 % over identities.
- transfer_error: how far landmarks with one's face and another's expression are from the truth (`benchmarks.transfer_error`).
- real_people: with --shards, how well E_I knows their people again over different clips, and where placements put them
  (`benchmarks.real_people`).
- over_transcription, share_of_peak, ms_per_frame_batch1, ms_per_frame_batch100: at the paper's sizes (`benchmarks.ldnet_speed`).
- training: iterations a second, seconds, and processor time of the preset's training.

--ldnet: measure the trained network in this folder, in place of training one. --full: Table 1 at the paper's size, 100 people × 2,000
frames and a million pairs of each kind, not 40 × 200 and 100,000. --lmtest: files of LMTest, as families of their own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.command import errors_as_text, positive
from benchmarks.landmark_grids import SEED, Grid, grids
from benchmarks.ldnet_speed import speed
from benchmarks.real_people import own_clip_errors, people_auc
from benchmarks.transfer_error import transfer_errors
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.corpus.truth import write_tables
from reenact.faces.normalise import normalise
from reenact.ldnet.model import LDNet, load_ldnet
from reenact.ldnet.task import LDNetTask
from reenact.metrics.disentanglement import disentanglement
from reenact.seeding import generator
from reenact.shards.reader import LandmarkTable, read_landmarks
from reenact.synthetic.landmark_subjects import LANDMARKS_SCHEMA, landmark_tables
from reenact.training.device import pick_device, processor_flags
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher

IDENTITIES, FRAMES, PAIRS = 40, 200, 100_000
FULL = (100, 2000, 1_000_000)  # the paper's
ROOT = Path(__file__).parents[1]


def training_table(params: Params) -> LandmarkTable:
    """The landmark-only people of the preset, as the workflow makes them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "landmarks.parquet"
        write_tables(path, LANDMARKS_SCHEMA, landmark_tables(params))
        return read_landmarks([], path)


def trained(params: Params) -> tuple[LDNet, dict]:
    """LD-Net as the preset trains it, and how long that took."""
    table, device = training_table(params), pick_device(params.device)
    with tempfile.TemporaryDirectory() as folder:
        out_dir, wall, cpu = Path(folder) / "out", time.perf_counter(), time.process_time()
        seed, every = params.training_seed, params.ldnet.checkpoint_every
        trainer = Trainer(seed, {}, Path(folder) / "state", out_dir, every, device, NullWatcher())
        trainer.train(LDNetTask(params.ldnet, table, seed, device))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        iterations = params.ldnet.phase1.iterations + params.ldnet.phase2.iterations
        took = {"iterations_per_second": iterations / wall, "wall_seconds": wall, "cpu_seconds": cpu}
        return load_ldnet(out_dir, torch.device("cpu")), took


@torch.inference_mode()
def table1(ldnet: LDNet, grid: Grid, pairs: int = PAIRS) -> dict[str, dict]:
    """Ratios of Table 1 for E_I, E_P and the landmarks themselves: each with the ends of its interval."""
    points = normalise(grid.landmarks)[0].reshape(-1, 136)
    tensor = torch.from_numpy(points)
    spaces = {"E_I": ldnet.encode_identity(tensor).numpy(), "E_P": ldnet.encode_pose(tensor).numpy(), "landmarks": points}
    return {space: ratios(codes.reshape(*grid.landmarks.shape[:2], -1), pairs) for space, codes in spaces.items()}


def ratios(codes: np.ndarray, pairs: int) -> dict[str, list[float]]:
    """Of codes (identities, frames, D): value, low, high by the ratio's name."""
    found = disentanglement(codes, components=8, pairs=pairs, rng=generator(SEED, "pairs"))
    intervals = found.intervals(generator(SEED, "bootstrap"))
    return {name: [round(each, 3) for each in (value, *intervals[f"ratio_{name}"])] for name, value in found.ratios.items()}


def real_people(ldnet: LDNet, shards: Sequence[Path]) -> dict:
    """Figures of real people's clips."""
    return people_auc(ldnet, shards) | {"own_clip": own_clip_errors(ldnet, shards)}


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="laptop")
    parser.add_argument("--set", nargs="+", metavar="KEY=VALUE", default=[], help="parameters other than the preset's")
    parser.add_argument("--ldnet", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--lmtest", type=Path, nargs="+", default=[])
    parser.add_argument("--shards", type=Path, nargs="+")
    parser.add_argument("--threads", type=positive(int), default=1)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of training at the paper's sizes")
    parser.add_argument("--repeats", type=positive(int), default=20, help="of each iteration that is timed")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    params = apply_preset(ROOT, options.preset, options.set)
    cpu = torch.device("cpu")
    ldnet, took = trained(params) if options.ldnet is None else (load_ldnet(options.ldnet, cpu), None)
    identities, frames, pairs = FULL if options.full else (IDENTITIES, FRAMES, PAIRS)
    measured_on = grids(identities, frames, options.lmtest)
    device = pick_device(params.device)
    result = {
        "table1_ratios": {family: table1(ldnet, grid, pairs) for family, grid in measured_on.items()},
        "transfer_error": {family: transfer_errors(ldnet, grid.at_most(IDENTITIES, FRAMES)) for family, grid in measured_on.items()},
        "real_people": real_people(ldnet, options.shards) if options.shards else None,
        **speed(apply_preset(ROOT, "paper", [f"ldnet.precision={options.precision}"]).ldnet, options.repeats, device),
        "training": took,
        "threads": options.threads,
        "device": str(device),
        "processor": sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx"))),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
