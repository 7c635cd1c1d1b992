"""FD-GAN's training data: batches of two frames of one clip, in an order that can be taken up anywhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from reenact.errors import ReenactError
from reenact.shards.images import decode_frame
from reenact.shards.plan import PairPlan, Window
from reenact.shards.reader import landmarks_of, row_groups

BATCHES_AHEAD = 4

Frame = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PairBatch:
    """B pairs of frames, each pair two different frames of one clip.

    target, driver: (B, 3, S, S) float32, RGB in [-1, 1]. target_landmarks, driver_landmarks: (B, 68, 2) float32, x then y, in pixels of
    the S×S pictures, (0, 0) the centre of the first pixel. subject: (B,) int64, a position in `PairStream.subjects`.
    """

    target: torch.Tensor
    target_landmarks: torch.Tensor
    driver: torch.Tensor
    driver_landmarks: torch.Tensor
    subject: torch.Tensor


class PairStream:
    """Endless batches of frame pairs from shards; see `PairPlan` for the order.

    `image_size` is S, the side of the pictures in pixels. `subjects` restricts the draw to those named (None: all in the shards).
    With `world` processes each gets batches of its own, from other row groups than the rest in the same epoch.
    Holds the compressed frames of one window of `shuffle_groups` row groups, only those that are used, and a few batches.
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
    ) -> None:
        """Reads the footers. Raises ReenactError where a shard is damaged or fewer than two subjects have two frames of one clip."""
        self._groups = row_groups(shard_paths)
        self._image_size = image_size
        self._batch_size = batch_size
        subject_of_clip = np.array([subject for subject, _, _ in self._groups.clips], object)
        subject = subject_of_clip[self._groups.clip] if len(self._groups) else np.empty(0, object)
        usable = self._groups.rows >= 2
        if subjects is not None:
            usable &= np.isin(subject, list(subjects))
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

    def batches(self, start_step: int = 0) -> Iterator[tuple[int, PairBatch]]:
        """(step, batch) from `start_step` on, without end; batch k is the same wherever one starts, and none before it is decoded.

        A thread decodes a few batches ahead; it ends with the iterator. Raises ReenactError for a damaged picture.
        """
        made = self._made(start_step)
        with ThreadPoolExecutor(1, "pairs") as thread:
            ahead = deque(thread.submit(next, made) for _ in range(BATCHES_AHEAD))
            try:
                while True:
                    ready = ahead.popleft().result()
                    ahead.append(thread.submit(next, made))
                    yield ready
            finally:
                thread.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[tuple[int, PairBatch]]:
        return self.batches()

    def _made(self, step: int) -> Iterator[tuple[int, PairBatch]]:
        pairs = self._pairs(step * self._batch_size)
        while True:
            yield step, _batch([next(pairs) for _ in range(self._batch_size)])
            step += 1

    def _pairs(self, start: int) -> Iterator[tuple[Frame, Frame, int]]:
        for window in self._plan.windows(start):
            yield from self._decoded(window)

    def _decoded(self, window: Window) -> Iterator[tuple[Frame, Frame, int]]:
        stored = {group: self._read(group, window) for group in np.unique(window.group).tolist()}
        for group, target, driver in zip(window.group.tolist(), window.target.tolist(), window.driver.tolist(), strict=True):
            frames = (self._decode(group, row, *stored[group][row]) for row in (target, driver))
            yield *frames, int(self._subject[group])

    def _read(self, group: int, window: Window) -> dict[int, tuple[bytes, np.ndarray]]:
        """The JPEG and the landmarks of those rows of a row group that the window uses."""
        mine = window.group == group
        rows = np.union1d(window.target[mine], window.driver[mine])
        table = self._groups.read(int(self._usable[group]), ["image", "landmarks"]).take(rows)
        frames = zip(table.column("image").to_pylist(), landmarks_of(table.column("landmarks")), strict=True)
        return dict(zip(rows.tolist(), frames, strict=True))

    def _decode(self, group: int, row: int, jpeg: bytes, landmarks: np.ndarray) -> Frame:
        try:
            return decode_frame(jpeg, landmarks, self._image_size)
        except ValueError as error:
            index = int(self._usable[group])
            path, number = self._groups.paths[self._groups.shard[index]], self._groups.group[index]
            raise ReenactError(f"{path}, row group {number}, row {row}: {error}; delete the shard and build it again") from error


def _batch(pairs: list[tuple[Frame, Frame, int]]) -> PairBatch:
    target, driver, subject = zip(*pairs, strict=True)
    return PairBatch(
        target=_to_tensor([image for image, _ in target]),
        target_landmarks=torch.from_numpy(np.stack([landmarks for _, landmarks in target])),
        driver=_to_tensor([image for image, _ in driver]),
        driver_landmarks=torch.from_numpy(np.stack([landmarks for _, landmarks in driver])),
        subject=torch.tensor(subject, dtype=torch.int64),
    )


def _to_tensor(images: list[np.ndarray]) -> torch.Tensor:
    """Pictures (S, S, 3) uint8 as (B, 3, S, S) float32 in [-1, 1]."""
    # With numpy, as torch would start its pool of threads a second time in this one.
    channels_first = np.stack(images).transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(channels_first, np.float32) / np.float32(127.5) - np.float32(1))
