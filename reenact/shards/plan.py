"""Which pairs of frames are drawn, and in which order: arithmetic on row counts, without reading a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reenact.errors import ReenactError
from reenact.seeding import generator


@dataclass(frozen=True)
class Window:
    """The shuffled pairs of some row groups. Each entry is a pair: the row group's index, and the rows of target and driver in it."""

    group: np.ndarray
    target: np.ndarray
    driver: np.ndarray

    def __len__(self) -> int:
        return len(self.group)

    def __getitem__(self, pairs: slice) -> Window:
        return Window(self.group[pairs], self.target[pairs], self.driver[pairs])


@dataclass(frozen=True)
class PairPlan:
    """An endless order of frame pairs, a pure function of these values.

    In each epoch the row groups are permuted and dealt to the `world` processes, the same number to each (at most world - 1 groups are left
    over; they change from epoch to epoch). A process goes through its groups in windows of `shuffle_groups`; each group gives
    `pairs_per_group` pairs of two different rows, drawn uniformly, and a window's pairs are shuffled.

    rows: (G,) the row count of every row group that pairs are drawn from, each at least 2.
    """

    rows: np.ndarray
    seed: int
    shuffle_groups: int
    pairs_per_group: int
    rank: int = 0
    world: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.world:
            raise ValueError(f"rank {self.rank} is not below world {self.world}")
        if len(self.rows) < self.world:
            raise ReenactError(
                f"the shards have {len(self.rows)} row groups with a pair of frames, too few for {self.world} processes; start fewer"
            )

    @property
    def groups_per_epoch(self) -> int:
        """Row groups that this process reads in an epoch."""
        return len(self.rows) // self.world

    @property
    def pairs_per_epoch(self) -> int:
        """Pairs that this process sees in an epoch."""
        return self.groups_per_epoch * self.pairs_per_group

    def windows(self, start: int = 0) -> Iterator[Window]:
        """The windows from pair number `start` on, without end; the first lacks the pairs before `start`."""
        epoch, pair = divmod(start, self.pairs_per_epoch)
        index, offset = divmod(pair, self.shuffle_groups * self.pairs_per_group)
        while True:
            order = generator(self.seed, "row groups", epoch).permutation(len(self.rows))
            groups = order[self.rank :: self.world][: self.groups_per_epoch]
            for first in range(index * self.shuffle_groups, len(groups), self.shuffle_groups):
                window = self._window(epoch, first, groups[first : first + self.shuffle_groups])
                yield window[offset:]
                offset = 0
            epoch, index = epoch + 1, 0

    def _window(self, epoch: int, first: int, groups: np.ndarray) -> Window:
        draw = generator(self.seed, "pairs", epoch, self.world, self.rank, first)
        group = np.repeat(groups, self.pairs_per_group)
        rows = self.rows[group].astype(np.int64)
        target = draw.integers(0, rows)
        # A step of 1 to rows - 1 around the circle reaches every other row, each equally often.
        driver = (target + draw.integers(1, rows)) % rows
        order = draw.permutation(len(group))
        return Window(group[order], target[order], driver[order])
