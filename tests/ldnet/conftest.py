from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from reenact.config.networks import LDNetParams, Schedule
from reenact.config.schema import Params
from reenact.ldnet.sampler import Sampler
from reenact.shards.reader import LandmarkTable


def make_table(subjects: int = 6, frames: int = 12, clips: int = 2, seed: int = 0) -> LandmarkTable:
    """Made-up people: each has a shape of their own, and all move alike. The clips of a subject follow one another."""
    random = np.random.default_rng(seed)
    face = random.uniform(-50, 50, (68, 2))
    moves = random.normal(size=(3, 68, 2)) * 8
    people = face + random.normal(size=(subjects, 1, 68, 2)) * 6
    landmarks = people + np.einsum("sfk,kpc->sfpc", random.uniform(-1, 1, (subjects, frames, 3)), moves) + 128
    subject = np.repeat(np.arange(subjects, dtype=np.int32), frames)
    clip = subject * clips + np.tile(np.arange(frames, dtype=np.int32) * clips // frames, subjects)
    names = [f"p{k}" for k in range(subjects)]
    clip_names = [(name, "v", str(c)) for name in names for c in range(clips)]
    frame = np.tile(np.arange(frames, dtype=np.int32), subjects)
    alone = np.full(subjects, -1, np.int32)
    return LandmarkTable(landmarks.reshape(-1, 68, 2).astype(np.float32), subject, clip.astype(np.int32), frame, names, clip_names, alone)


@pytest.fixture
def table() -> LandmarkTable:
    return make_table()


@pytest.fixture
def tables() -> Callable[..., LandmarkTable]:
    return make_table


@pytest.fixture
def beside() -> Callable[..., LandmarkTable]:
    """A table of so many people of the corpus, and so many landmark-only ones in casts of eight."""

    def make(corpus: int, landmark_only: int, frames: int = 4) -> LandmarkTable:
        performance = np.r_[np.full(corpus, -1), np.arange(landmark_only) // 8].astype(np.int32)
        return replace(make_table(subjects=corpus + landmark_only, frames=frames), performance=performance)

    return make


@pytest.fixture
def sampler(table: LandmarkTable) -> Sampler:
    """Draws from `table`, of six subjects."""
    return Sampler(table, 1, torch.device("cpu"))


@pytest.fixture
def small() -> LDNetParams:
    schedule = Schedule(learning_rate=1e-3, batch_size=8, iterations=20)
    return LDNetParams(hidden_layers=2, hidden_units=32, phase1=schedule, phase2=schedule, checkpoint_every=5)


@pytest.fixture
def params(small) -> Params:
    return Params(training_seed=3, ldnet=small)
