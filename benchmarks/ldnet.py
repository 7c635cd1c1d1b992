"""Train LD-Net on landmark-only people and measure it on unseen people, of two families of heads; prints one JSON line.

    python benchmarks/ldnet.py [--preset laptop] [--threads 1]

It gives Table 1's ratios, the error of cross-subject transfer in outer-eye distances, iterations per second, wall and processor time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks import procedural_heads
from benchmarks.command import errors_as_text, positive
from reenact.config.data import SyntheticParams
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.corpus.truth import write_tables
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.ldnet.model import LDNet, load_ldnet
from reenact.ldnet.task import LDNetTask
from reenact.metrics.disentanglement import disentanglement
from reenact.reenactment.placement import place
from reenact.reenactment.transfer import Transfer
from reenact.seeding import generator
from reenact.shards.reader import LandmarkTable, read_landmarks
from reenact.synthetic.landmark_subjects import LANDMARKS_SCHEMA, landmark_tables
from reenact.synthetic.motion import draw_motion
from reenact.training.device import pick_device, processor_flags
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher

SEED = 7
TEST_IDENTITIES, TEST_FRAMES, PAIRS = 40, 200, 100_000
ROOT = Path(__file__).parents[1]


def training_table(params: Params) -> LandmarkTable:
    """The landmark-only people of the preset, as the workflow makes them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "landmarks.parquet"
        write_tables(path, LANDMARKS_SCHEMA, landmark_tables(params))
        return read_landmarks([], path)


def test_grids() -> dict[str, np.ndarray]:
    """Landmarks (identities, frames, 68, 2) of unseen people who all move alike, by the family of their heads."""
    head = head_model()
    blendshapes, rotation = draw_motion(generator(SEED, "motion"), TEST_FRAMES, SyntheticParams())
    shapes = (head.identity(generator(SEED, "test", number)) for number in range(TEST_IDENTITIES))
    ours = np.stack([head.landmarks(shape, blendshapes, rotation, Camera(256)) for shape in shapes])
    return {"rendered people's": ours, "second family": procedural_heads.grid(TEST_IDENTITIES, TEST_FRAMES, SEED)}


@torch.inference_mode()
def table1(ldnet: LDNet, grid: np.ndarray) -> dict[str, dict[str, float]]:
    """Ratios of Table 1 for E_I, E_P and the landmarks themselves."""
    points = normalise(grid)[0].reshape(-1, 136)
    tensor = torch.from_numpy(points)
    spaces = {"E_I": ldnet.encode_identity(tensor).numpy(), "E_P": ldnet.encode_pose(tensor).numpy(), "landmarks": points}
    return {
        space: disentanglement(codes.reshape(*grid.shape[:2], -1), components=8, pairs=PAIRS, rng=generator(SEED, "pairs")).ratios
        for space, codes in spaces.items()
    }


def transfer_errors(ldnet: LDNet, grid: np.ndarray) -> dict[str, dict[str, float]]:
    """Mean distance from the truth, in outer-eye distances, when each person does what the next one does.

    One random frame number gives both the target's image and the driver's reference. `source`: the driver's landmarks as they are.
    `moved`: the target's landmarks plus the driver's displacements. `true shape`: the truth at LD-Net's placement, the error of the
    placement alone. `placed`: measured in the frame. `shape`: with each guess's box put on the truth's, so that placement does not count.
    """
    random, errors = generator(SEED, "transfer"), {"placed": {}, "shape": {}}
    for target in range(len(grid)):
        truth, driver = grid[target], grid[(target + 1) % len(grid)]
        start = random.integers(len(truth))
        (points, boxes), (_, driver_boxes) = normalise(truth), normalise(driver)
        target_box, reference_box = (Boxes(each.centre[start], each.half_side[start]) for each in (boxes, driver_boxes))
        guesses = {
            "ldnet": Transfer.for_target(ldnet, truth[start]).landmarks(driver, driver[start], "relative"),
            "source": driver,
            "moved": truth[start] + driver - driver[start],
            "true shape": denormalise(points, place(target_box, driver_boxes, reference_box, "relative")),
        }
        eyes = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=-1)[:, None]
        for name, guess in guesses.items():
            on_the_truth = denormalise(normalise(guess)[0], boxes)
            for kind, landmarks in (("placed", guess), ("shape", on_the_truth)):
                errors[kind].setdefault(name, []).append((np.linalg.norm(landmarks - truth, axis=-1) / eyes).mean())
    return {kind: {name: float(np.mean(values)) for name, values in by_guess.items()} for kind, by_guess in errors.items()}


@errors_as_text
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="laptop")
    parser.add_argument("--threads", type=positive(int), default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    params = apply_preset(ROOT, options.preset, [])
    table, grids = training_table(params), test_grids()
    device = pick_device(params.device)
    with tempfile.TemporaryDirectory() as folder:
        out_dir, wall, cpu = Path(folder) / "out", time.perf_counter(), time.process_time()
        seed, every = params.training_seed, params.ldnet.checkpoint_every
        trainer = Trainer(seed, {}, Path(folder) / "state", out_dir, every, device, NullWatcher())
        trainer.train(LDNetTask(params.ldnet, table, seed, device))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        ldnet = load_ldnet(out_dir, torch.device("cpu"))
    iterations = params.ldnet.phase1.iterations + params.ldnet.phase2.iterations
    result = {
        "table1_ratios": {family: table1(ldnet, grid) for family, grid in grids.items()},
        "transfer_error": {family: transfer_errors(ldnet, grid) for family, grid in grids.items()},
        "iterations_per_second": iterations / wall,
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "threads": options.threads,
        "device": str(device),
        "processor": sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx"))),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
