"""The truth of a corpus in data/truth: of every rendered clip, and of the landmark-only subjects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reenact.clips import Clip
from reenact.config.schema import Params
from reenact.corpus.synthetic import SyntheticCorpus
from reenact.files import atomic_path
from reenact.parquet import open_parquet
from reenact.progress import progress
from reenact.synthetic.landmark_subjects import LANDMARKS_SCHEMA, landmark_tables
from reenact.synthetic.truth import AGAIN, FRAMES_SCHEMA, truth_path
from reenact.workspace import TRUTH


def write_truth(params: Params, root: Path) -> None:
    """Write data/truth/frames.parquet and data/truth/landmarks.parquet below root.

    ReenactError where the corpus is rendered and a clip is missing.
    """
    folder = root / TRUTH
    clips = rendered_clips(params, root)
    # One corpus folder is of one ffmpeg, so that the first clip speaks for all.
    schema = schema_of(clips[0]) if clips else FRAMES_SCHEMA
    write_tables(folder / "frames.parquet", schema, clip_tables(clips))
    write_tables(folder / "landmarks.parquet", LANDMARKS_SCHEMA, landmark_tables(params))


def write_tables(path: Path, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Write tables one after the other, each as a row group, without holding them all."""
    with atomic_path(path) as part, pq.ParquetWriter(part, schema) as writer:
        for table in tables:
            writer.write_table(table)


def rendered_clips(params: Params, root: Path) -> list[Clip]:
    """The rendered clips in the corpus's order; none where the corpus is of real videos. ReenactError: one is missing."""
    if params.corpus.kind != "synthetic":
        return []
    return SyntheticCorpus(params, root).clips()


def schema_of(clip: Clip) -> pa.Schema:
    """The columns of a rendered clip's truth, and who encoded its video."""
    with open_parquet(truth_path(clip.path), AGAIN) as file:
        return file.schema_arrow


def clip_tables(clips: list[Clip]) -> Iterator[pa.Table]:
    """The truth of rendered clips, one after the other."""
    for clip in progress(clips, what="truth", unit="clip"):
        with open_parquet(truth_path(clip.path), AGAIN) as file:
            table = file.read().cast(FRAMES_SCHEMA)
        yield table
