"""The row group cache: the compressed frames that a window of pairs uses, for several threads."""

from __future__ import annotations

from threading import Lock

import numpy as np

from reenact.errors import ReenactError
from reenact.parquet import landmarks_of
from reenact.shards.images import decode_frame
from reenact.shards.plan import Window
from reenact.shards.reader import RowGroups


class WindowFrames:
    """The frames that a window's pairs use. A row group is read when its first frame is asked for, and lives as long as this object.

    `usable` (G,) int: for each group number of the window, the position in `groups`.
    """

    def __init__(self, groups: RowGroups, usable: np.ndarray, window: Window) -> None:
        self._groups = groups
        self._usable = usable
        self._window = window
        self._lock = {group: Lock() for group in np.unique(window.group).tolist()}
        self._stored: dict[int, dict[int, tuple[bytes, np.ndarray]]] = {}

    def decoded(self, group: int, row: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """A frame's picture (size, size, 3) uint8 RGB and its landmarks (68, 2) float32 in that picture's pixels.

        Raises ReenactError where the shard is missing or damaged.
        """
        jpeg, landmarks = self._rows_of(group)[row]
        try:
            return decode_frame(jpeg, landmarks, size)
        except ValueError as error:
            index = int(self._usable[group])
            path, number = self._groups.paths[self._groups.shard[index]], self._groups.group[index]
            raise ReenactError(f"{path}, row group {number}, row {row}: {error}; delete the shard and build it again") from error

    def _rows_of(self, group: int) -> dict[int, tuple[bytes, np.ndarray]]:
        with self._lock[group]:
            if group not in self._stored:
                self._stored[group] = self._read(group)
            return self._stored[group]

    def _read(self, group: int) -> dict[int, tuple[bytes, np.ndarray]]:
        """The JPEG and the landmarks of the rows of a row group that the window uses."""
        mine = self._window.group == group
        rows = np.union1d(self._window.target[mine], self._window.driver[mine])
        table = self._groups.read(int(self._usable[group]), ["image", "landmarks"]).take(rows)
        frames = zip(table.column("image").to_pylist(), landmarks_of(table.column("landmarks")), strict=True)
        return dict(zip(rows.tolist(), frames, strict=True))
