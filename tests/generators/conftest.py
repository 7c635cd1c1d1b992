"""Cartoon subjects: a filled face of the subject's own colour that moves with its landmarks, in real shards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from reenact.config.networks import FDGANParams, Schedule
from reenact.config.schema import Params
from reenact.faces.landmark_image import draw
from reenact.generators.pair_training.phase import PairPhase
from reenact.generators.registry import GENERATORS, trained
from reenact.shards.pairs import PairBatch
from reenact.shards.schema import SCHEMA
from reenact.training.trainer import Trainer
from reenact.training.watcher import NullWatcher, Watcher

CPU = torch.device("cpu")
SIDE = 64
SMALL = {
    "image_size": SIDE,
    "schedule": Schedule(learning_rate=1e-3, batch_size=2, iterations=8),
    "checkpoint_every": 3,
    "precision": "float32",
    "shuffle_groups": 4,
    "pairs_per_group": 4,
}
# What else makes each network small.
OWN = {
    "dense": {"widths": (8, 8, 16, 16), "rows": (8, 6), "tag_length": 8},
    "fdgan": {"widths": (8, 8, 16, 16), "rows": (16, 12, 8, 6), "tag_length": 8},
    "single_row": {"widths": (8, 8, 16, 16)},
    "adain": {"widths": (8, 8, 16, 16), "rows": (16, 12, 8, 6), "tag_length": 8},
    "pix2pixhd": {"width": 8, "downsamplings": 2, "residual_blocks": 2, "discriminator_width": 8},
}
COLOURS = {"ann": (220, 170, 140), "bob": (90, 60, 50), "eve": (40, 120, 200)}


def oval(centre: tuple[float, float], radii: tuple[float, float], count: int, first: float = 0.0, last: float = 2 * np.pi) -> np.ndarray:
    angles = np.linspace(first, last, count, endpoint=last - first < 2 * np.pi - 1e-6)
    return np.stack([centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)], 1)


def cartoon_landmarks(shift: float = 0.0, mouth: float = 2.0) -> np.ndarray:
    """(68, 2) float32 in pixels of a 64×64 image, moved `shift` pixels to the right, the mouth open by `mouth` pixels."""
    parts = [
        oval((32, 28), (18, 26), 17, np.pi, 0.0),
        *(np.stack([np.linspace(x - 5, x + 5, 5), np.full(5, 18.0)], 1) for x in (24, 40)),
        np.stack([np.full(4, 32.0), np.linspace(23, 32, 4)], 1),
        np.stack([np.linspace(29, 35, 5), np.full(5, 35.0)], 1),
        *(oval((x, 24), (4, 2), 6) for x in (24, 40)),
        oval((32, 44), (8, 2 + mouth), 12),
        oval((32, 44), (6, mouth), 8),
    ]
    return np.add(np.concatenate(parts), (shift, 0)).astype(np.float32)


def cartoon_image(landmarks: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """(64, 64, 3) uint8 RGB: the hull of the landmarks in `colour`, eyes white, mouth red, on grey."""
    image = np.full((SIDE, SIDE, 3), 128, np.uint8)
    cv2.fillConvexPoly(image, cv2.convexHull(np.rint(landmarks).astype(np.int32)), colour)
    for part, paint in ((slice(36, 42), (255, 255, 255)), (slice(42, 48), (255, 255, 255)), (slice(60, 68), (200, 0, 0))):
        cv2.fillPoly(image, [np.rint(landmarks[part]).astype(np.int32)], paint)
    return image


def as_tensor(image: np.ndarray) -> torch.Tensor:
    """(H, W, 3) uint8 -> (1, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1


def cartoon_row(subject: str, clip: str, frame: int) -> dict[str, object]:
    landmarks = cartoon_landmarks(shift=3 * np.sin(frame), mouth=1 + frame % 4)
    jpeg = cv2.imencode(".jpg", cartoon_image(landmarks, COLOURS[subject])[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return {
        "subject": subject, "video": "v", "clip": clip, "frame": frame, "time": frame / 25, "image": jpeg,
        "landmarks": landmarks.ravel().tolist(), "crop_box": [0.0, 0.0, 64.0, 64.0], "score": 1.0, "flags": 1,
    }  # fmt: skip


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """Three subjects, two clips each, eight frames a clip."""
    path = tmp_path / "train-00000.parquet"
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for subject in COLOURS:
            for clip in ("00001", "00002"):
                rows = [cartoon_row(subject, clip, frame) for frame in range(8)]
                writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
    return path


@pytest.fixture
def params() -> Params:
    """Every generator that is trained, small enough to train in a test."""
    return Params.model_validate({"training_seed": 5, **{name: SMALL | OWN.get(name, {}) for name in trained()}})


@pytest.fixture
def small(params: Params) -> FDGANParams:
    """FD-GAN's section of them."""
    return params.fdgan


@pytest.fixture
def changed() -> Callable[..., Params]:
    """Parameters with other values in a generator's section: `changed(params, "fdgan", ema_decay=0.5)`."""

    def change(params: Params, name: str, **values: object) -> Params:
        return params.model_copy(update={name: getattr(params, name).model_copy(update=values)})

    return change


@pytest.fixture
def phase_of(shard: Path) -> Callable[[str, Params], PairPhase]:
    """The phase of a generator's training on the shard: `phase_of("fdgan", params)`."""

    def make(name: str, params: Params) -> PairPhase:
        (phase,) = GENERATORS[name].make_task(params, [shard], CPU).phases()
        return phase

    return make


@pytest.fixture
def train(shard: Path) -> Callable[..., Path]:
    """Train a generator below a folder; returns where its files are: `train("fdgan", params, folder)`."""

    def run(name: str, params: Params, folder: Path, watcher: Watcher | None = None, **made_from: str) -> Path:
        every = getattr(params, name).checkpoint_every
        trainer = Trainer(params.training_seed, made_from, folder / "state", folder / "out", every, CPU, watcher or NullWatcher())
        trainer.train(GENERATORS[name].make_task(params, [shard], CPU))
        return folder / "out"

    return run


@pytest.fixture
def face() -> Callable[..., np.ndarray]:
    """Landmarks of the cartoon face: `face(shift, mouth)`."""
    return cartoon_landmarks


@pytest.fixture
def portrait() -> Callable[..., torch.Tensor]:
    """The cartoon face as (1, 3, 64, 64) in [-1, 1]: `portrait(landmarks, colour)`."""
    return lambda landmarks, colour: as_tensor(cartoon_image(landmarks, colour))


@pytest.fixture
def two_faces() -> PairBatch:
    """Two subjects, both seen in one pose and wanted in another."""
    colours = (220, 170, 140), (60, 90, 160)
    before, after = (np.stack([pose, pose]) for pose in (cartoon_landmarks(-5, 1), cartoon_landmarks(5, 4)))
    return PairBatch(
        target=torch.cat([as_tensor(cartoon_image(before[0], colour)) for colour in colours]),
        target_landmarks=torch.from_numpy(before),
        target_drawn=draw(before, SIDE),
        driver=torch.cat([as_tensor(cartoon_image(after[0], colour)) for colour in colours]),
        driver_landmarks=torch.from_numpy(after),
        driver_drawn=draw(after, SIDE),
        subject=torch.tensor([0, 1]),
    )
