"""The manifest of all clips, and one clip list per shard. An update does not touch what did not change."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reenact.clips import Clip
from reenact.config.schema import Params
from reenact.corpus.clip_list import SCHEMA, ManifestRow, list_bytes
from reenact.corpus.probes import Probe, probe_files
from reenact.corpus.registry import open_corpus
from reenact.corpus.track_file import DamagedTrack, read_track
from reenact.files import UnreadableFile, atomic_path, sha256_file
from reenact.progress import progress
from reenact.seeding import derived_seed
from reenact.video import FPS
from reenact.workspace import LISTS, MANIFEST, SPLITS, STATE, shard_count

DAMAGED_TRACK = "damaged track file"
GOLDEN_RATIO = 0x9E3779B97F4A7C15  # of 2^64


@dataclass(frozen=True)
class ManifestReport:
    """What a refresh found and did.

    clips, subjects: a count for each split. problems: unreadable clips by reason. ignored: files and folders that do not fit the
    corpus's layout. empty: shards without a clip, for each split. written, removed: the names of lists that changed.
    """

    clips: dict[str, int]
    subjects: dict[str, int]
    problems: dict[str, int]
    ignored: list[Path]
    empty: dict[str, int]
    written: list[str]
    removed: list[str]

    def text(self) -> str:
        """A few lines for people."""
        lines = [f"{split}: {self.clips[split]} clips of {self.subjects[split]} subjects" for split in SPLITS]
        if self.problems:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.problems.items())
            lines.append(f"unreadable clips, listed with their problem: {reasons}")
        if self.ignored:
            lines.append(
                f"ignored, as they do not fit the corpus's layout: {len(self.ignored)} files or folders, such as {self.ignored[0]}"
            )
        for split, count in self.empty.items():
            if count:
                lines.append(f"{count} {split} shards have no clip; lower shards.{split}_shards")
        lines.append(f"clip lists: {len(self.written)} written, {len(self.removed)} removed")
        return "\n".join(lines)


def refresh(params: Params, root: Path, *, show_progress: bool = True) -> ManifestReport:
    """Bring data/manifest/manifest.parquet and the clip lists below `root` up to date with the corpus.

    A file is written only where its content changes, and the content depends on the clips and the parameters alone. A clip that cannot be
    read stays, with its `problem`. Raises ReenactError where the corpus is missing or empty or has a subject in both splits.
    """
    corpus = open_corpus(params, root)
    clips = corpus.clips()
    # Many clips may be stretches of one video.
    videos = list(dict.fromkeys(clip.path for clip in clips if clip.problem is None))
    probes = dict(zip(videos, probe_files(videos, root / STATE, show_progress=show_progress), strict=True))
    with_tracks = show_progress and any(clip.track for clip in clips)
    listed = progress(clips, what="Reading track files", unit="clips") if with_tracks else clips
    rows = [_row(clip, probes.get(clip.path) or Probe(0, None, problem=clip.problem), params, root) for clip in listed]
    _write_if_changed(root / MANIFEST / "manifest.parquet", _parquet(rows))
    lists: dict[str, list[ManifestRow]] = {
        f"{split}-{number:05d}.csv": [] for split in SPLITS for number in range(shard_count(params, split))
    }
    for row in rows:
        lists[f"{row.split}-{row.shard:05d}.csv"].append(row)
    folder = root / LISTS
    removed = sorted(path.name for split in SPLITS for path in folder.glob(f"{split}-*.csv") if path.name not in lists)
    for name in removed:
        (folder / name).unlink()
    written = [name for name, mine in lists.items() if _write_if_changed(folder / name, list_bytes(mine))]
    table = pd.DataFrame([vars(row) for row in rows])
    subjects = table.groupby("split")["subject"]
    return ManifestReport(
        clips=subjects.size().to_dict(),
        subjects=subjects.nunique().to_dict(),
        problems=table["problem"].value_counts().sort_index().to_dict(),
        ignored=corpus.ignored(),
        empty={split: sum(not mine for name, mine in lists.items() if name.startswith(split)) for split in SPLITS},
        written=written,
        removed=removed,
    )


def shard_of(subject: str, video: str, clip: str, shards: int) -> int:
    """The shard, 0 to `shards` - 1, of a clip: a function of its name alone, so that adding or removing others moves no clip.

    The numbers at the end of the three names are added up and multiplied by the golden ratio. That spreads numbers at any equal distance
    evenly, even where they are few. The rest of the names is hashed.
    """
    names = (subject, video, clip)
    stems = [name.rstrip("0123456789") for name in names]
    number = sum(int(name[len(stem) :] or 0) for name, stem in zip(names, stems, strict=True))
    place = (derived_seed(0, "shard", *stems) + number * GOLDEN_RATIO) % 2**64
    return place * shards >> 64


def _row(clip: Clip, found: Probe, params: Params, root: Path) -> ManifestRow:
    columns = vars(found) | {"track": None, "track_sha256": None}
    if clip.track is not None:
        columns |= {"track": _stored_path(clip.track, params, root), **_track_columns(clip.track, found)}
    # Many tracks may lie in one video, which is read once where they are in one shard.
    name = "" if clip.track else clip.clip
    shard = shard_of(clip.subject, clip.video, name, shard_count(params, clip.split))
    return ManifestRow(clip.subject, clip.video, clip.clip, clip.split, _stored_path(clip.path, params, root), **columns, shard=shard)


def _track_columns(path: Path, video: Probe) -> dict[str, Any]:
    """What a track file says of its clip. video: the Probe of the clip's video, whose problem, if it has one, stays the problem."""
    try:
        sha256 = sha256_file(path)
        duration, problem = len(read_track(path).frames) / FPS, video.problem
    except DamagedTrack:
        duration, problem = None, video.problem or DAMAGED_TRACK
    except UnreadableFile as error:
        return {"track_sha256": None, "duration": None, "problem": video.problem or error.reason}
    return {"track_sha256": sha256, "duration": None if problem else duration, "problem": problem}


def _stored_path(path: Path, params: Params, root: Path) -> str:
    # Strings instead of Paths, as there may be a hundred thousand.
    absolute, top = os.path.abspath(path), os.path.abspath(root)
    given_absolute = params.corpus.path is not None and os.path.isabs(params.corpus.path)
    outside = not absolute.startswith(top + os.sep)
    stored = absolute if given_absolute and outside else os.path.relpath(absolute, top)
    return stored.replace(os.sep, "/")


def _parquet(rows: Iterable[ManifestRow]) -> bytes:
    buffer = io.BytesIO()
    # vars, because dataclasses.asdict copies every value and takes ten times as long.
    pq.write_table(pa.Table.from_pylist([vars(row) for row in rows], SCHEMA), buffer)
    return buffer.getvalue()


def _write_if_changed(path: Path, content: bytes) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    with atomic_path(path) as part:
        part.write_bytes(content)
    return True
