"""Reads shards: the table of their row groups, and all landmarks without the pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.errors import ReenactError
from reenact.faces.layout68 import COORDINATES, POINTS
from reenact.parquet import LANDMARKS, landmarks_of, open_parquet

BATCH_ROWS = 4096
CLIP_COLUMNS = ("subject", "video", "clip")
REMEDY = "delete it and build the shards again"
TRUTH_REMEDY = "build the corpus again"
TRUTH_COLUMNS = pa.schema(
    {"subject": pa.string(), "performance": pa.int32(), "take": pa.int32(), "frame": pa.int32(), "landmarks": LANDMARKS}
)
"""What is read of landmark-only subjects."""


@dataclass(frozen=True)
class RowGroups:
    """The row groups of some shards, in the order of the shards' paths: one entry per group in each array.

    `shard` is a position in `paths`, `group` the group's number in its shard, `rows` how many frames it has, and `clip` a position
    in `clips`, the sorted (subject, video, clip).
    """

    paths: list[Path]
    shard: np.ndarray
    group: np.ndarray
    rows: np.ndarray
    clip: np.ndarray
    clips: list[tuple[str, str, str]]

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, index: int, columns: Sequence[str]) -> pa.Table:
        """Some columns of one row group; ReenactError where their bytes do not fit their checksums."""
        # No file stays open: there may be more shards than a process may open files.
        with _opened(self.paths[self.shard[index]]) as file:
            table = file.read_row_group(int(self.group[index]), columns=list(columns), use_threads=False)
            return table.select(list(columns))  # Arrow silently leaves out a missing column

    def frames(self) -> list[np.ndarray]:
        """The frame indices of each row group, (rows,) int32, read shard by shard."""
        found: list[np.ndarray] = []
        for shard, path in enumerate(self.paths):
            rows = self.rows[self.shard == shard]
            if len(rows):
                with _opened(path) as file:
                    indices = file.read(columns=["frame"]).column("frame").to_numpy()
                found += np.split(indices, np.cumsum(rows)[:-1])
        return found


def row_groups(shard_paths: Iterable[Path]) -> RowGroups:
    """The table of row groups, from the footers, and the clip of each, from the columns that name it.

    Raises ReenactError where a file is missing, is not Parquet, or has a row group that is not of one clip.
    """
    paths = sorted(Path(path) for path in shard_paths)
    shards: list[int] = []
    groups: list[int] = []
    rows: list[int] = []
    names: list[tuple[str, str, str]] = []
    for shard, path in enumerate(paths):
        with _opened(path) as file:
            counts = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
            names += _names(path, file, np.array(counts, np.int64))
        shards += [shard] * len(counts)
        groups += range(len(counts))
        rows += counts
    clips = sorted(set(names))
    position = {name: index for index, name in enumerate(clips)}
    clip = np.array([position[name] for name in names], np.int32)
    return RowGroups(paths, np.array(shards, np.int32), np.array(groups, np.int32), np.array(rows, np.int32), clip, clips)


def _opened(path: Path) -> AbstractContextManager[pq.ParquetFile]:
    return open_parquet(path, REMEDY)


def _names(path: Path, file: pq.ParquetFile, rows: np.ndarray) -> list[tuple[str, str, str]]:
    """The clip of each row group, from its rows. Their statistics would tell it too, but Arrow aborts the process on some damaged ones."""
    table = file.read(columns=list(CLIP_COLUMNS), use_threads=False).select(CLIP_COLUMNS)
    ends = np.cumsum(rows)
    if (rows < 1).any() or rows.sum() != table.num_rows:
        raise ReenactError(f"{path} is damaged (it does not have the rows that its footer states); {REMEDY}")
    columns = [_only_values(path, name, table.column(name), ends - rows) for name in CLIP_COLUMNS] if len(rows) else []
    return list(zip(*columns, strict=True))


def _only_values(path: Path, name: str, column: pa.ChunkedArray, starts: np.ndarray) -> list[str]:
    """The one value that a text column has in all rows of each row group; `starts`: their first rows."""
    values = column.combine_chunks().dictionary_encode()
    if values.null_count == 0:
        codes = values.indices.to_numpy()
        if (np.minimum.reduceat(codes, starts) == np.maximum.reduceat(codes, starts)).all():
            return values.dictionary.take(codes[starts]).cast(pa.string()).to_pylist()
    raise ReenactError(f"{path} is not a shard: its row groups do not name one {name} each; build the shards again")


@dataclass(frozen=True)
class LandmarkTable:
    """Landmarks of many frames.

    `landmarks` (N, 68, 2) float32, pixels of the crop (or of the video, for subjects from the truth); `subject` (N,) int32, a position
    in `subjects`; `clip` (N,) int32, a position in `clips`, the (subject, video, clip); `frame` (N,) int32, the frame's index on the
    25 fps time line. `performance` (subjects,) int32: subjects of one number, all but -1, have the same frames, and in each the same
    pose and expression.
    """

    landmarks: np.ndarray
    subject: np.ndarray
    clip: np.ndarray
    frame: np.ndarray
    subjects: list[str]
    clips: list[tuple[str, str, str]]
    performance: np.ndarray

    def __len__(self) -> int:
        return len(self.landmarks)

    def of_subjects(self, kept: np.ndarray) -> LandmarkTable:
        """The rows of the subjects that are `kept` (subjects,) bool; every subject stays in the list, whether or not it has rows."""
        rows = kept[self.subject]
        if rows.all():
            return self
        parts = {name: getattr(self, name)[rows] for name in ("landmarks", "subject", "clip", "frame")}
        return replace(self, **parts)


def read_landmarks(shard_paths: Iterable[Path], truth_path: Path | None = None) -> LandmarkTable:
    """The landmarks in all shards, in the order of their paths, without reading a picture.

    `truth_path` is a file with the columns of `TRUTH_COLUMNS`; its subjects are appended, each with the clips (subject, "", take).
    Memory stays near the arrays' own size: they are filled a batch of rows at a time.
    Raises ReenactError for a damaged shard, for landmarks that nobody can learn from, or where a subject is both in the shards and in the
    truth.
    """
    groups = row_groups(shard_paths)
    truth = _truth(truth_path)
    in_shards = sorted({subject for subject, _, _ in groups.clips})
    in_truth = sorted(truth.column("subject").unique().to_pylist())
    if shared := set(in_shards) & set(in_truth):
        raise ReenactError(f"subject {min(shared)} is both in the shards and in {truth_path}; landmark-only subjects need other names")

    count = int(groups.rows.sum())
    landmarks = np.empty((count + truth.num_rows, POINTS, 2), np.float32)
    frame = np.empty(len(landmarks), np.int32)
    _fill_from_shards(groups, landmarks[:count], frame[:count])
    landmarks[count:] = landmarks_of(truth.column("landmarks"))
    _require_faces(landmarks[count:], truth_path, 0, TRUTH_REMEDY)
    frame[count:] = truth.column("frame").to_numpy()

    subjects = in_shards + in_truth
    position = {name: index for index, name in enumerate(subjects)}
    told = truth.select(["subject", "performance", "take"]).to_pandas()
    takes = told.groupby(["subject", "take"], sort=True).ngroup().to_numpy(np.int32)
    clips = groups.clips + [(name, "", str(take)) for name, take in sorted(set(zip(told["subject"], told["take"], strict=True)))]
    clip = np.concatenate([np.repeat(groups.clip, groups.rows), len(groups.clips) + takes]).astype(np.int32)
    performance = np.full(len(subjects), -1, np.int32)
    performance[told["subject"].map(position).to_numpy(np.int64)] = told["performance"]
    subject_of_clip = np.array([position[name] for name, _, _ in clips], np.int32)
    return LandmarkTable(landmarks, subject_of_clip[clip], clip, frame, subjects, clips, performance)


def _fill_from_shards(groups: RowGroups, landmarks: np.ndarray, frame: np.ndarray) -> None:
    """Fill the rows of all shards, as many shards at a time as there are processors."""
    ends = np.cumsum(np.bincount(groups.shard, groups.rows, len(groups.paths)).astype(np.int64))[:-1]
    # Decoding a column occupies one thread, and other threads run meanwhile.
    with ThreadPoolExecutor(pa.cpu_count()) as threads:
        list(threads.map(_fill, groups.paths, np.split(landmarks, ends), np.split(frame, ends)))


def _fill(path: Path, landmarks: np.ndarray, frame: np.ndarray) -> None:
    for start, some_landmarks, some_frames in _batches(path):
        rows = slice(start, start + len(some_frames))
        landmarks[rows], frame[rows] = some_landmarks, some_frames


def require_faces(shard_paths: Iterable[Path]) -> None:
    """Raise ReenactError, with shard and row, where landmarks are not finite or all at one point. None of them is kept."""
    with ThreadPoolExecutor(pa.cpu_count()) as threads:
        list(threads.map(lambda path: deque(_batches(path), maxlen=0), shard_paths))


def _batches(path: Path) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Some rows of a shard at a time: the first one's number, landmarks (rows, 68, 2) and frame indices (rows,)."""
    start = 0
    with _opened(path) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=["frame", "landmarks"], use_threads=False):
            landmarks = landmarks_of(batch.column("landmarks"))
            _require_faces(landmarks, path, start, REMEDY)
            yield start, landmarks, batch.column("frame").to_numpy()
            start += batch.num_rows


def _require_faces(landmarks: np.ndarray, path: Path | None, start: int, remedy: str) -> None:
    """Raise ReenactError where some of landmarks (N, 68, 2), rows of `path` from `start` on, are not finite or all at one point."""
    points = landmarks.reshape(len(landmarks), COORDINATES)
    at_one_point = (points[:, 2:] == points[:, :-2]).all(axis=1)
    useless = np.flatnonzero(at_one_point | ~np.isfinite(points).all(axis=1))
    if len(useless):
        raise ReenactError(f"{path}, row {start + useless[0]}: the landmarks are not finite, or all at one point; {remedy}")


def _truth(path: Path | None) -> pa.Table:
    if path is None:
        return TRUTH_COLUMNS.empty_table()
    with open_parquet(path, TRUTH_REMEDY) as file:
        return file.read(columns=TRUTH_COLUMNS.names)
