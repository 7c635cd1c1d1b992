"""The generators' training data: batches of two frames of one clip, in an order that can be resumed anywhere."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from reenact.errors import ReenactError
from reenact.faces.landmark_image import draw
from reenact.faces.layout68 import POINTS
from reenact.pixels import to_signed
from reenact.seeding import held_out
from reenact.shards.plan import PairPlan
from reenact.shards.reader import row_groups
from reenact.shards.row_group_cache import WindowFrames

log = logging.getLogger(__name__)

BATCHES_AHEAD = 4


class Pair(NamedTuple):
    """Two rows of a row group, and the row group cache that reads them."""

    frames: WindowFrames
    group: int
    target: int
    driver: int


@dataclass(frozen=True)
class PairBatch:
    """B pairs of frames, each pair two different frames of one clip.

    target, driver: (B, 3, S, S) float32, RGB in [-1, 1]. target_landmarks, driver_landmarks: (B, 68, 2) float32, x then y, in pixels of
    the S×S pictures, (0, 0) the centre of the first pixel. target_drawn, driver_drawn: their landmark images, as
    `faces.landmark_image.draw` makes them. Pictures and landmark images are channels-last in memory. subject: (B,) int64, a position in
    `PairStream.subjects`.
    """

    target: torch.Tensor
    target_landmarks: torch.Tensor
    target_drawn: torch.Tensor
    driver: torch.Tensor
    driver_landmarks: torch.Tensor
    driver_drawn: torch.Tensor
    subject: torch.Tensor

    def split(self, parts: int) -> list[PairBatch]:
        """Batches of B / parts pairs each."""
        columns = (getattr(self, field.name).chunk(parts) for field in fields(self))
        return [PairBatch(*each) for each in zip(*columns, strict=True)]

    def pinned(self) -> PairBatch:
        """The same in page-locked memory: its copies to a CUDA device need not be waited for."""
        return PairBatch(*(getattr(self, field.name).pin_memory() for field in fields(self)))


class PairStream:
    """Endless batches of frame pairs from shards; see `PairPlan` for the order.

    `image_size` is S, the side of the pictures in pixels. `subjects` restricts the draw to those named (None: all in the shards).
    `held_out_subjects` of them are left out (see `reenact.seeding.held_out`), and `held_out` is the stream of those alone, if any.
    With `world` processes, each gets the same number of batches, and no two read the same row group in an epoch. `workers` threads read and
    decode; their number does not change the batches. `pinned` batches lie in memory that a CUDA device copies by itself.
    Memory: the compressed frames that one window of `shuffle_groups` row groups uses, and a few batches per worker.
    """

    def __init__(
        self,
        shard_paths: Iterable[Path],
        seed: int,
        image_size: int,
        batch_size: int,
        shuffle_groups: int,
        pairs_per_group: int,
        rank: int = 0,
        world: int = 1,
        subjects: Sequence[str] | None = None,
        workers: int = 1,
        held_out_subjects: int = 0,
        pinned: bool = False,
    ) -> None:
        """Reads the footers. Raises ReenactError where a shard is damaged or fewer than two subjects have two frames of one clip."""
        self._groups = row_groups(shard_paths)
        self._image_size = image_size
        self._batch_size = batch_size
        self._workers = workers
        self._pinned = pinned
        subject_of_clip = np.array([subject for subject, _, _ in self._groups.clips], object)
        subject = subject_of_clip[self._groups.clip] if len(self._groups) else np.empty(0, object)
        usable = self._groups.rows >= 2
        if subjects is not None:
            usable &= np.isin(subject, list(subjects))
        elif not usable.all():
            log.info("%d of %d frames are alone in their row group: they give no pair", (~usable).sum(), self._groups.rows.sum())
        self.held_out: PairStream | None = None
        if held_out_subjects:
            names = held_out(sorted(set(subject[usable])), held_out_subjects, seed)
            if names:
                limits = (batch_size, shuffle_groups, pairs_per_group)
                self.held_out = PairStream(self._groups.paths, seed, image_size, *limits, subjects=names, workers=workers, pinned=pinned)
            usable &= ~np.isin(subject, names)
        self._usable = np.flatnonzero(usable)
        self.subjects: list[str] = sorted(set(subject[usable]))
        if len(self.subjects) < 2:
            raise ReenactError(
                f"{len(self.subjects)} subjects of the {len(set(subject))} in the shards have a clip with two frames or more to pair; "
                "training needs two at least: add clips, or look into the shards' ledgers for why frames were left out"
            )
        position = {name: index for index, name in enumerate(self.subjects)}
        self._subject = np.array([position[name] for name in subject[usable]], np.int64)
        self._plan = PairPlan(self._groups.rows[usable], seed, shuffle_groups, pairs_per_group, rank, world)

    @property
    def pairs_per_epoch(self) -> int:
        """Pairs after which every row group of this process has been read once."""
        return self._plan.pairs_per_epoch

    def batches(self, start: int = 0) -> Iterator[tuple[int, PairBatch]]:
        """(iteration, batch) from iteration `start` on, without end. Batch k is always the same; no batch before `start` is decoded.

        The workers decode a few batches ahead; they end with the iterator. Raises ReenactError for a damaged picture, and any other error
        of a worker.
        """
        pairs = self._pairs(start * self._batch_size)
        with ThreadPoolExecutor(self._workers, "pairs") as workers:
            ahead = deque(workers.submit(self._batch, self._next(pairs)) for _ in range(BATCHES_AHEAD * self._workers))
            try:
                for iteration in count(start):
                    ready = ahead.popleft().result()
                    ahead.append(workers.submit(self._batch, self._next(pairs)))
                    yield iteration, ready
            finally:
                workers.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[tuple[int, PairBatch]]:
        return self.batches()

    def _pairs(self, start: int) -> Iterator[Pair]:
        for window in self._plan.windows(start):
            frames = WindowFrames(self._groups, self._usable, window)
            rows = zip(window.group.tolist(), window.target.tolist(), window.driver.tolist(), strict=True)
            yield from (Pair(frames, *pair) for pair in rows)

    def _next(self, pairs: Iterator[Pair]) -> list[Pair]:
        return list(islice(pairs, self._batch_size))

    def _batch(self, pairs: list[Pair]) -> PairBatch:
        target, target_landmarks = self._decoded([(pair.frames, pair.group, pair.target) for pair in pairs])
        driver, driver_landmarks = self._decoded([(pair.frames, pair.group, pair.driver) for pair in pairs])
        batch = PairBatch(
            target=target,
            target_landmarks=target_landmarks,
            target_drawn=draw(target_landmarks, self._image_size),
            driver=driver,
            driver_landmarks=driver_landmarks,
            driver_drawn=draw(driver_landmarks, self._image_size),
            subject=torch.from_numpy(self._subject[[pair.group for pair in pairs]]),
        )
        return batch.pinned() if self._pinned else batch

    def _decoded(self, wanted: list[tuple[WindowFrames, int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (B, 3, S, S) and landmarks (B, 68, 2) of some rows of row groups."""
        size = self._image_size
        images = np.empty((len(wanted), size, size, 3), np.float32)
        landmarks = np.empty((len(wanted), POINTS, 2), np.float32)
        for place, (frames, group, row) in enumerate(wanted):
            image, landmarks[place] = frames.decoded(group, row, size)
            to_signed(image, images[place])
        return torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(landmarks)
