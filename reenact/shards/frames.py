"""Random access to the frames in shards, for the test sets and the figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from reenact.errors import ReenactError
from reenact.parquet import landmarks_of
from reenact.shards.images import decode_frame
from reenact.shards.reader import CLIP_COLUMNS, row_groups


class FrameStore:
    """The frames of some shards by clip and frame index. Row groups are read on demand, and none is kept."""

    def __init__(self, shard_paths: Iterable[Path]) -> None:
        """Reads the footers. Raises ReenactError where a shard is missing or damaged."""
        self._groups = row_groups(shard_paths)
        self._groups_of: dict[tuple[str, str, str], list[int]] = {name: [] for name in self._groups.clips}
        for index, clip in enumerate(self._groups.clip.tolist()):
            self._groups_of[self._groups.clips[clip]].append(index)

    def clips(self) -> pa.Table:
        """One row per clip, sorted: subject, video, clip (str), n_frames (int32), frames (list of int32, indices at 25 frames/s)."""
        columns = {name: pa.array([key[place] for key in self._groups_of], pa.string()) for place, name in enumerate(CLIP_COLUMNS)}
        by_group = self._groups.frames()
        frames = [np.concatenate([by_group[group] for group in groups]) for groups in self._groups_of.values()]
        columns["n_frames"] = pa.array([len(indices) for indices in frames], pa.int32())
        columns["frames"] = pa.array(frames, pa.list_(pa.int32()))
        return pa.table(columns)

    def get(
        self, subject: str, video: str, clip: str, frames: Sequence[int], image_size: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """One clip's frames in the order given: pictures (F, S, S, 3) uint8 RGB and landmarks (F, 68, 2) float32.

        `frames` are indices on the 25 fps time line. S is `image_size`, or the stored size; landmarks are x then y, in pixels of
        the S×S pictures. Raises ReenactError where the shards lack the clip or one of the frames, ValueError where `frames` is empty.
        """
        if len(frames) == 0:
            raise ValueError("no frame asked for")
        name = f"{subject}/{video}/{clip}"
        groups = self._groups_of.get((subject, video, clip))
        if groups is None:
            raise ReenactError(f"the shards have no clip {name}; build the shards and the test sets again")
        found: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for group in groups:
            found |= self._decoded(group, set(frames), name, image_size)
        if missing := set(frames) - found.keys():
            raise ReenactError(f"the shards have no frame {min(missing)} of clip {name}; build the shards and the test sets again")
        return np.stack([found[index][0] for index in frames]), np.stack([found[index][1] for index in frames])

    def _decoded(self, group: int, wanted: set[int], name: str, size: int | None) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """The wanted frames of a row group, by their index."""
        indices = self._groups.read(group, ["frame"]).column("frame").to_pylist()
        rows = [row for row, index in enumerate(indices) if index in wanted]
        if not rows:
            return {}
        table = self._groups.read(group, ["image", "landmarks"]).take(rows)
        stored = zip(table.column("image").to_pylist(), landmarks_of(table.column("landmarks")), strict=True)
        return {indices[row]: self._decode(name, indices[row], *frame, size) for row, frame in zip(rows, stored, strict=True)}

    def _decode(self, name: str, index: int, jpeg: bytes, landmarks: np.ndarray, size: int | None) -> tuple[np.ndarray, np.ndarray]:
        try:
            return decode_frame(jpeg, landmarks, size)
        except ValueError as error:
            raise ReenactError(f"frame {index} of clip {name}: {error}; delete its shard and build it again") from error
