"""Train LD-Net on landmarks of the project's own head model and measure it on unseen people; prints one JSON line.

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

from benchmarks.command import errors_as_text, positive
from reenact.config.presets import apply_preset
from reenact.face3d.headmodel import BLENDSHAPES, Camera, head_model
from reenact.faces.normalise import Boxes, denormalise, normalise
from reenact.ldnet.model import LDNet, load_ldnet
from reenact.ldnet.task import LDNetTask
from reenact.metrics.disentanglement import disentanglement
from reenact.reenactment.placement import place
from reenact.reenactment.transfer import Transfer
from reenact.seeding import generator
from reenact.shards.reader import LandmarkTable
from reenact.training.device import pick_device, processor_flags
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher

SEED = 7
FRAMES, TEST_IDENTITIES, TEST_FRAMES, PAIRS = 100, 40, 200, 100_000
LARGEST_ANGLES = np.radians([30.0, 15.0, 12.0])  # yaw, pitch, roll
ROOT = Path(__file__).parents[1]
ACTIVE_BLENDSHAPES = 12


def motion(frames: int, *names: str | int) -> tuple[np.ndarray, np.ndarray]:
    """Blendshapes (F, 51) and rotations (F, 3) radians of a moving person: each is a sum of slow sines, and only some blendshapes move."""
    random = generator(SEED, "motion", *names)

    def waves(signals: int, cycles_a_second: float) -> np.ndarray:
        time_line = np.arange(frames)[:, None, None] / 5.0
        rates, phases = random.uniform(0.3, 1.5, (signals, 3)) * cycles_a_second, random.uniform(0, 2 * np.pi, (signals, 3))
        return np.sin(2 * np.pi * rates * time_line + phases).mean(axis=-1) * 1.4

    blendshapes = np.zeros((frames, len(BLENDSHAPES)))
    moving = random.choice(len(BLENDSHAPES), ACTIVE_BLENDSHAPES, replace=False)
    blendshapes[:, moving] = np.clip(waves(ACTIVE_BLENDSHAPES, 0.6), 0, 1) * random.uniform(0.3, 0.9, ACTIVE_BLENDSHAPES)
    blendshapes[:, BLENDSHAPES.index("jawOpen")] = np.clip(waves(1, 1.5)[:, 0], 0, 0.7)
    return blendshapes, np.clip(waves(3, 0.25), -1, 1) * LARGEST_ANGLES


def training_table(subjects: int) -> LandmarkTable:
    """Landmarks of `subjects` people, each with a motion of their own."""
    head, camera = head_model(), Camera(256)
    landmarks = [head.landmarks(head.identity(generator(SEED, "train", k)), *motion(FRAMES, "train", k), camera) for k in range(subjects)]
    subject = np.repeat(np.arange(subjects, dtype=np.int32), FRAMES)
    names = [f"person{k:04d}" for k in range(subjects)]
    frame = np.tile(np.arange(FRAMES, dtype=np.int32), subjects)
    return LandmarkTable(np.concatenate(landmarks), subject, subject.copy(), frame, names, [(name, "", "") for name in names])


def test_grid() -> np.ndarray:
    """Landmarks (identities, frames, 68, 2) of unseen people who all move alike."""
    head, (blendshapes, rotation) = head_model(), motion(TEST_FRAMES, "test")
    return np.stack(
        [head.landmarks(head.identity(generator(SEED, "test", k)), blendshapes, rotation, Camera(256)) for k in range(TEST_IDENTITIES)]
    )


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
    parser.add_argument("--subjects", type=positive(int), default=400)
    parser.add_argument("--threads", type=positive(int), default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    params = apply_preset(ROOT, options.preset, [])
    table, grid = training_table(options.subjects), test_grid()
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
        "table1_ratios": table1(ldnet, grid),
        "transfer_error": transfer_errors(ldnet, grid),
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
