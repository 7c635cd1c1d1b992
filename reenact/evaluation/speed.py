"""How long results take with the networks of a project, on this machine: what the paper says of its networks' speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch

from reenact.config.schema import Params
from reenact.evaluation.enabled import enabled
from reenact.generators.base import Generator
from reenact.ldnet.model import LDNet, load_ldnet
from reenact.reenactment.networks import open_generator
from reenact.reenactment.transfer import Transfer, TransferSettings
from reenact.shards.frames import FrameStore
from reenact.testsets.items import Item
from reenact.workspace import LDNET, Workspace

FRAMES = 100
REPEATS = 10
RUNS = 3  # over all frames, which take long


@dataclass(frozen=True)
class Speed:
    """Milliseconds. target: to encode a target, which is done once. alone: a frame by itself. together: a frame of `FRAMES` in batches.

    All are medians: the first two of `REPEATS` times, the last of `RUNS` runs over all frames.
    """

    target: float
    alone: float
    together: float

    @property
    def of_all(self) -> float:
        """A frame of `FRAMES`, the target's encoding shared among them."""
        return self.together + self.target / FRAMES


@dataclass(frozen=True)
class Given:
    """What is reenacted. target, reference: landmarks (68, 2); driver: (`FRAMES`, 68, 2), all float32 pixels of picture (S, S, 3) uint8."""

    picture: np.ndarray
    target: np.ndarray
    reference: np.ndarray
    driver: np.ndarray

    @classmethod
    def of(cls, store: FrameStore, item: Item, size: int) -> Given:
        """An item of a test set at `size` pixels, its driving frames again and again."""
        pictures, target = store.get(*item.target, [item.target_frame], size)
        _, driver = store.get(*item.driver, [item.reference_frame, *item.frames], size)
        return cls(pictures[0], target[0], driver[0], driver[1:][np.arange(FRAMES) % len(item.frames)])


def speeds(params: Params, workspace: Workspace, given: Given, device: torch.device) -> Iterator[tuple[str, Speed]]:
    """The speed of LD-Net, then of each enabled generator, by name. given: of the generators' size. ReenactError: a network is missing."""
    batch = params.evaluate.batch_size
    yield "ldnet", ldnet_speed(load_ldnet(workspace.path(LDNET), device), TransferSettings.of(params.evaluate), given, batch)
    for name, entry in enabled(params).items():
        yield name, generator_speed(open_generator(entry, workspace.path(entry.folder), params, device), given, batch)


def ldnet_speed(ldnet: LDNet, settings: TransferSettings, given: Given, batch: int) -> Speed:
    """Of landmarks, pixels to pixels. The target's identity code is computed once."""
    transfer = Transfer.for_target(ldnet, given.target, settings)
    return _speed(
        lambda: Transfer.for_target(ldnet, given.target, settings),
        lambda landmarks: transfer.landmarks(landmarks, given.reference),
        given,
        batch,
    )


def generator_speed(generator: Generator, given: Given, batch: int) -> Speed:
    """Of pictures, from landmarks to pixels. What a generator reads of the target is read once."""
    encoded = generator.encode(given.picture, given.target)
    return _speed(
        lambda: generator.encode(given.picture, given.target), lambda landmarks: generator.generate(encoded, landmarks), given, batch
    )


def _speed(encode: Callable[[], Any], make: Callable[[np.ndarray], Any], given: Given, batch: int) -> Speed:
    def all_frames() -> None:
        for start in range(0, FRAMES, batch):
            make(given.driver[start : start + batch])

    # What is set up once for a size of batch is not counted: a whole batch, the last one, which may be smaller, and a frame alone.
    for size in {min(batch, FRAMES), FRAMES % batch or batch, 1}:
        make(given.driver[:size])
    return Speed(
        _median(encode, REPEATS),
        _median(lambda: make(given.driver[:1]), REPEATS),
        _median(all_frames, RUNS) / FRAMES,
    )


def _median(work: Callable[[], Any], times: int) -> float:
    return median(_milliseconds(work) for _ in range(times))


def _milliseconds(work: Callable[[], Any]) -> float:
    _finish()
    begin = time.perf_counter()
    work()
    _finish()
    return 1000 * (time.perf_counter() - begin)


def _finish() -> None:
    """Wait for what a GPU was given to do."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
