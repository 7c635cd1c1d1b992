"""From the clips of a list to a shard: decode, follow one face, crop, encode, and account for every frame."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from tqdm import tqdm

from reenact.corpus.clip_list import ManifestRow, read_list
from reenact.errors import ReenactError
from reenact.faces.crop import CROP_RULE, CropBox, steady_crops
from reenact.faces.models import LANDMARK_MODEL, LANDMARK_MODEL_SHA256
from reenact.faces.track import FaceTracker, Observation
from reenact.files import sha256_file, write_json
from reenact.params import Params, Shards
from reenact.progress import progress
from reenact.shards.ledger import FRAME_LIMIT, STRIDE, TOO_FEW_FRAMES, ClipAccount, ledger
from reenact.shards.schema import FrameFlags
from reenact.shards.writer import ShardWriter
from reenact.video import FPS
from reenact.video.decode import frames
from reenact.video.probe import UnreadableVideo
from reenact.video.tools import ffmpeg_path


def extract_shard(list_csv: Path, out_parquet: Path, ledger_json: Path, params: Params, root: Path) -> None:
    """Write the faces in a list's clips to a shard, and its ledger; relative paths in the list start at `root`.

    Clips are read one after another, a few seconds of frames at a time. The same clips, parameters and tools give the same bytes.
    A shard of which nothing is kept has no rows, and its ledger says why. ReenactError: a listed file is gone or has changed.
    """
    cv2.setNumThreads(1)  # many shards are made at once, one a core
    clips = read_list(list_csv)
    expected = sum(round((clip.duration or 0.0) * FPS) for clip in clips)
    with (
        progress(total=expected, what=list_csv.stem, unit="frame") as bar,
        ShardWriter(out_parquet, _footer(params.shards), params.shards.row_group_rows) as writer,
    ):
        accounts = [_extract_clip(clip, _checked_file(clip, list_csv, root), params.shards, writer, bar) for clip in clips]
    write_json(ledger_json, ledger(list_csv.stem, sha256_file(out_parquet), accounts))


def _checked_file(clip: ManifestRow, list_csv: Path, root: Path) -> Path:
    path = root / clip.path
    if not path.is_file():
        raise ReenactError(f"{path}, listed in {list_csv}, is gone: put it back, or run `reenact manifest` to list the corpus anew")
    if clip.problem is None and sha256_file(path) != clip.sha256:
        raise ReenactError(f"{path} has changed since {list_csv} was written: run `reenact manifest` to list the corpus anew")
    return path


def _extract_clip(clip: ManifestRow, path: Path, params: Shards, writer: ShardWriter, bar: tqdm) -> ClipAccount:
    """Write one clip's rows, unless it has too few, and account for its frames."""
    account = ClipAccount(clip.subject, clip.video, clip.clip)
    if clip.problem is not None:
        account.leave_out_whole(clip.problem)
        return account
    decoded = _decoded(path, account, bar)
    held: list[dict[str, Any]] = []  # back, until there are enough
    for observation, box in _faces(decoded, params, account):
        account.kept += 1
        held.append(_row(clip, observation, box, params, account))
        if account.kept >= params.min_frames_per_clip:
            for row in held:
                writer.write(row)
            held.clear()
    for _ in decoded:  # what the frame limit left unread
        account.left_out[FRAME_LIMIT] += 1
    writer.end_clip()
    _judge(account, params.min_frames_per_clip)
    return account


def _judge(account: ClipAccount, least_frames: int) -> None:
    """Give a clip with too few frames its reason for being left out, and mark the frames of one that breaks off."""
    if account.kept == 0:
        account.leave_out_whole(account.problem or account.main_loss())
    elif 0 < account.kept < least_frames:
        account.leave_out_whole(TOO_FEW_FRAMES)
    elif account.kept and account.problem is not None:
        account.notes[f"of a {account.problem} clip"] = account.kept


def _decoded(path: Path, account: ClipAccount, bar: tqdm) -> Iterator[np.ndarray]:
    """The frames that can be decoded; where the file breaks off, that becomes the clip's problem."""
    try:
        for frame in frames(path):
            bar.update()
            yield frame
    except UnreadableVideo as error:
        account.problem = error.reason


def _faces(decoded: Iterator[np.ndarray], params: Shards, account: ClipAccount) -> Iterator[tuple[Observation, CropBox]]:
    """The followed face's observations with their crop boxes; the frames that have none are accounted for."""
    tracker = FaceTracker(max(1, params.detect_every // params.frame_stride), params.detector_upsampling)
    observations = tracker.follow(_every(params.frame_stride, decoded, account))
    return steady_crops(
        _found(observations, params.max_frames_per_clip, account),
        scale=params.crop_scale,
        shift_up=params.crop_shift_up,
        smoothing_seconds=params.crop_smoothing_seconds,
    )


def _every(stride: int, decoded: Iterator[np.ndarray], account: ClipAccount) -> Iterator[tuple[int, np.ndarray]]:
    for index, frame in enumerate(decoded):
        if index % stride == 0:
            yield index, frame
        else:
            account.left_out[STRIDE] += 1


def _found(observations: Iterator[Observation], limit: int | None, account: ClipAccount) -> Iterator[Observation]:
    """Observations with landmarks, `limit` at most; the tracker may have read a few frames more, which the limit leaves out."""
    count = 0
    for observation in observations:
        if limit is not None and count == limit:
            account.left_out[FRAME_LIMIT] += 1
        elif observation.landmarks is None:
            account.left_out[observation.reason] += 1
        else:
            count += 1
            yield observation


def _row(clip: ManifestRow, observation: Observation, box: CropBox, params: Shards, account: ClipAccount) -> dict[str, Any]:
    """A shard's row, in the columns of `reenact.shards.schema.SCHEMA`."""
    size = params.image_size
    flags = FrameFlags(0)
    if not np.isnan(observation.score):
        flags |= FrameFlags.DETECTED
    if box.reaches_beyond(observation.image):
        flags |= FrameFlags.BORDER_PADDED
        account.notes["border padded"] += 1
    if box.is_enlarged_by(size):
        flags |= FrameFlags.UPSCALED
        account.notes["upscaled"] += 1
    if observation.several:
        account.notes["several faces seen"] += 1
    return {
        "subject": clip.subject,
        "video": clip.video,
        "clip": clip.clip,
        "frame": observation.frame,
        "time": observation.frame / FPS,
        "image": encode_jpeg(box.cut(observation.image, size), params.jpeg_quality),
        "landmarks": box.to_crop(observation.landmarks, size).astype(np.float32).ravel(),
        "crop_box": np.array([box.x0, box.y0, box.x1, box.y1], np.float32),
        "score": observation.score,
        "flags": int(flags),
    }


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    """An RGB uint8 image as JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def _footer(params: Shards) -> dict[str, str]:
    deciding = params.model_dump(mode="json", exclude={"max_left_out", "train_shards", "test_shards"})
    return {
        "decoder": f"{_ffmpeg_version()}, {FPS} frames/s",
        "detector": f"dlib {dlib.__version__} frontal face detector",
        "landmark_model": LANDMARK_MODEL,
        "landmark_model_sha256": LANDMARK_MODEL_SHA256,
        "crop_rule": CROP_RULE,
        "params": json.dumps(deciding, sort_keys=True),
    }


@functools.cache
def _ffmpeg_version() -> str:
    done = subprocess.run([ffmpeg_path(), "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()[:3])
