"""From the clips of a list to a shard and its ledger."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import av
import cv2
import dlib

from reenact.config.data import ShardsParams
from reenact.config.schema import Params
from reenact.corpus.clip_list import ManifestRow, read_list
from reenact.corpus.track_file import BoxTrack, read_track
from reenact.errors import ReenactError
from reenact.faces.crop import CROP_RULE
from reenact.faces.model_files import LANDMARK_MODEL, LANDMARK_MODEL_SHA256
from reenact.files import reading, sha256_file, write_json
from reenact.progress import progress
from reenact.shards.clip import extract_clip
from reenact.shards.ledger import ledger
from reenact.shards.writer import ShardWriter
from reenact.video import FPS

log = logging.getLogger(__name__)

ANEW = "run `reenact manifest` to list the corpus anew"


def extract_shard(list_csv: Path, out_parquet: Path, ledger_json: Path, params: Params, root: Path) -> None:
    """Write the faces in a list's clips to a shard, and its ledger; relative paths in the list start at `root`.

    Clips are read one after another, a few seconds of frames at a time. The same clips, parameters and tools give the same bytes.
    A shard of which nothing is kept has no rows, and its ledger says why. ReenactError: a listed file is gone or has changed.
    """
    cv2.setNumThreads(1)  # many shards are made at once, one per core
    clips = read_list(list_csv)
    expected = sum(round((clip.duration or 0.0) * FPS) for clip in clips)
    with (
        progress(total=expected, what=list_csv.stem, unit="frame") as bar,
        ShardWriter(out_parquet, _footer(params.shards), params.shards.row_group_rows) as writer,
    ):
        files = _CheckedFiles(root, list_csv)
        accounts = [extract_clip(*files.of(clip), params.shards, writer, bar) for clip in clips]
    write_json(ledger_json, ledger(list_csv.stem, sha256_file(out_parquet), accounts))


class _CheckedFiles:
    """The files of a list's clips, checked against the manifest. A file that several clips share is hashed once."""

    def __init__(self, root: Path, list_csv: Path) -> None:
        self._root = root
        self._list = list_csv
        self._sha256: dict[Path, str] = {}

    def of(self, clip: ManifestRow) -> tuple[ManifestRow, Path, BoxTrack | None]:
        """A clip, its video and its track. Of a clip with a problem nothing is read.

        ReenactError where a file is gone, has changed or cannot be read. It was whole when it was listed, so the same command may succeed
        later.
        """
        video = self._root / clip.path
        if clip.problem is not None:
            return clip, video, None
        self._check(video, clip.sha256)
        if clip.track is None:
            return clip, video, None
        self._check(self._root / clip.track, clip.track_sha256)
        return clip, video, read_track(self._root / clip.track)

    def _check(self, path: Path, sha256: str | None) -> None:
        with reading(path, ANEW):
            there = path.is_file()
        if not there:
            raise ReenactError(f"{path}, listed in {self._list}, is gone: put it back, or {ANEW}")
        if path not in self._sha256:
            self._sha256[path] = sha256_file(path)
        if self._sha256[path] != sha256:
            raise ReenactError(f"{path} has changed since {self._list} was written: {ANEW}")


def _footer(params: ShardsParams) -> dict[str, str]:
    deciding = params.model_dump(mode="json", exclude={"max_left_out", "train_shards", "test_shards"})
    return {
        "decoder": f"libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}, {FPS} frames/s",
        "detector": f"dlib {dlib.__version__} frontal face detector",
        "landmark_model": LANDMARK_MODEL,
        "landmark_model_sha256": LANDMARK_MODEL_SHA256,
        "crop_rule": CROP_RULE,
        "params": json.dumps(deciding, sort_keys=True),
    }
