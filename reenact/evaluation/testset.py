"""The pictures of a test set, wherever they lie: in the project's shards, or in a folder that was exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from reenact.shards.frames import FrameStore
from reenact.testsets.export import lead
from reenact.testsets.items import Item, Kind


class Pair(Protocol):
    """One item: a target that is to do what a driver does.

    frames: the driving frames' numbers, at 25 a second. lead: how many pictures stand before them in an exported driver.
    """

    @property
    def number(self) -> int: ...
    @property
    def target_subject(self) -> str: ...
    @property
    def driver_subject(self) -> str: ...
    @property
    def frames(self) -> tuple[int, ...]: ...
    @property
    def lead(self) -> int: ...


class TestSet(Protocol):
    """SelfTest or CrossTest. size: the pictures' side, pixels. sha256: of the list."""

    @property
    def kind(self) -> Kind: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def pairs(self) -> Sequence[Pair]: ...

    def target(self, number: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The target's picture (S, S, 3) uint8 RGB, and its landmarks (68, 2) float32 pixels where they are known."""

    def driving(self, number: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The driving frames (F, S, S, 3) uint8 RGB, and their landmarks (F, 68, 2) float32 pixels where they are known."""


@dataclass(frozen=True)
class ItemPair:
    """An item of a frozen list as a pair."""

    item: Item

    @property
    def number(self) -> int:
        """The item's."""
        return self.item.number

    @property
    def target_subject(self) -> str:
        """Who is shown."""
        return self.item.target.subject

    @property
    def driver_subject(self) -> str:
        """Who moves."""
        return self.item.driver.subject

    @property
    def frames(self) -> tuple[int, ...]:
        """The driving frames."""
        return self.item.frames

    @property
    def lead(self) -> int:
        """1 where the reference frame is not among the driving frames."""
        return lead(self.item)


class StoredTestSet:
    """A test set whose frames lie in shards. size: the side at which they are read, pixels."""

    def __init__(self, kind: Kind, items: Sequence[Item], sha256: str, store: FrameStore, size: int) -> None:
        self.kind, self.sha256, self.size, self._store = kind, sha256, size, store
        self.pairs = [ItemPair(item) for item in items]
        self._items = {item.number: item for item in items}

    def target(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """See `TestSet`."""
        item = self._items[number]
        images, landmarks = self._store.get(*item.target, [item.target_frame], self.size)
        return images[0], landmarks[0]

    def driving(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """See `TestSet`."""
        item = self._items[number]
        return self._store.get(*item.driver, item.frames, self.size)
