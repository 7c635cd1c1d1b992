"""Made-up faces where no corpus is: enough to train on, to measure speed and to compare devices. They need no renderer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from reenact.faces.layout68 import POINTS
from reenact.generators.flow.head import mean_face
from reenact.jpeg import encode
from reenact.seeding import generator
from reenact.shards.reader import LandmarkTable
from reenact.shards.writer import ShardWriter

SEED = 1
SIDE = 256
UNIT = 60  # pixels between the outer corners of the eyes


def landmarks(people: int, frames: int) -> np.ndarray:
    """Landmarks (people, frames, 68, 2) float32 in pixels of SIDE×SIDE pictures: each has a shape of their own, and all move alike."""
    random = generator(SEED, "made-up landmarks")
    shapes = mean_face().numpy()[:, :2] * UNIT + SIDE / 2 + random.normal(size=(people, 1, POINTS, 2)) * 1.5
    moves = np.einsum("fk,kpc->fpc", random.uniform(-1, 1, (frames, 4)), random.normal(size=(4, POINTS, 2)))
    steps = random.uniform(-12, 12, (frames, 1, 2))
    return (shapes + moves + steps).astype(np.float32)


def make_shard(path: Path, people: int = 4, frames: int = 40) -> None:
    """A shard with a clip of each person; a picture is a soft pattern of the person's own, moved with the face."""
    random, points = generator(SEED, "made-up pictures"), landmarks(people, frames)
    with ShardWriter(path, {}, frames) as shard:
        for person in range(people):
            coarse = random.integers(0, 256, (12, 12, 3), np.uint8)
            pattern = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            for frame in range(frames):
                step = np.rint(points[person, frame].mean(0) - points[person, 0].mean(0)).astype(int)
                shard.write(
                    {
                        "subject": f"made-up-{person:03d}", "video": "video", "clip": "00001", "frame": frame, "time": frame / 25,
                        "image": encode(np.roll(pattern, step[::-1], (0, 1)), 95), "landmarks": points[person, frame].ravel(),
                        "crop_box": [0.0, 0.0, float(SIDE), float(SIDE)], "score": 1.0, "flags": 1,
                    }
                )  # fmt: skip
            shard.end_clip()


def make_table(people: int, frames: int) -> LandmarkTable:
    """The landmarks as LD-Net learns from them: all people give the same performance."""
    names = [f"made-up-{person:05d}" for person in range(people)]
    subject = np.repeat(np.arange(people, dtype=np.int32), frames)
    return LandmarkTable(
        landmarks=landmarks(people, frames).reshape(-1, POINTS, 2),
        subject=subject,
        clip=subject,
        frame=np.tile(np.arange(frames, dtype=np.int32), people),
        subjects=names,
        clips=[(name, "", "1") for name in names],
        performance=np.zeros(people, np.int32),
    )
