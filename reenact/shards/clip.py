"""One clip's rows: follow its face, crop, encode, and account for every frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from reenact import jpeg
from reenact.config.data import ShardsParams
from reenact.corpus.clip_list import ManifestRow
from reenact.corpus.track_file import BoxTrack
from reenact.faces.crop import CropBox, steady_crops
from reenact.faces.observation import Observation
from reenact.faces.track import FaceTracker
from reenact.shards.ledger import (
    AFTER_A_BREAK,
    AFTER_A_CUT,
    ENDS_EARLY,
    FRAME_LIMIT,
    NOT_IN_VIDEO,
    STRIDE,
    TOO_FEW_FRAMES,
    TOO_LARGE,
    TOO_LONG,
    ClipAccount,
)
from reenact.shards.schema import FrameFlags
from reenact.shards.writer import ShardWriter
from reenact.video import FPS
from reenact.video.decode import numbered_frames
from reenact.video.picture import Picture
from reenact.video.probe import UnreadableVideo

Numbered = tuple[int, Picture]


def extract_clip(
    clip: ManifestRow, path: Path, track: BoxTrack | None, params: ShardsParams, writer: ShardWriter, bar: tqdm
) -> ClipAccount:
    """Write the rows of one clip, and account for its frames. Parts with too few rows are left out.

    path: its video. track: the face's boxes in the frames that make up the clip, or None where the clip is the whole video. The first part
    has the clip's name. The parts after a cut or a leap have "-2", "-3" and so on behind it.
    """
    account = ClipAccount(clip.subject, clip.video, clip.clip)
    if problem := clip.problem or _over_limits(clip, params):
        account.leave_out_whole(problem)
        account.leave_out(problem, round((clip.duration or 0.0) * FPS))
        return account
    decoded = _Counted(_decoded(path, params, account, bar) if track is None else _tracked(path, track, params, account, bar))
    part = _Part(clip, 0, account)
    placed = 0
    for face in _faces(_tracker(clip, track, params), decoded, params, account):
        if face.seen.part != part.number:
            part.close(account, params.min_frames_per_clip, writer)
            part = _Part(clip, face.seen.part, account)
        part.add(face, params, writer)
        placed += 1
    part.close(account, params.min_frames_per_clip, writer)
    _account_for_the_rest(account, clip, track, decoded, placed)
    if account.kept == 0:
        too_few = TOO_FEW_FRAMES if account.left_out[TOO_FEW_FRAMES] else None
        account.leave_out_whole(account.problem or too_few or account.main_loss())
    elif account.problem is not None:
        account.notes[f"of a {account.problem} clip"] = account.kept
    return account


class _Counted:
    """An iterator that counts its items."""

    def __init__(self, items: Iterator[Numbered]) -> None:
        self._items = items
        self.count = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> Numbered:
        item = next(self._items)
        self.count += 1
        return item


def _account_for_the_rest(account: ClipAccount, clip: ManifestRow, track: BoxTrack | None, decoded: _Counted, placed: int) -> None:
    """Count the frames beyond the frame limit, and those that the track or the file's header promises but that are not there."""
    for _ in decoded:
        pass
    unlooked = decoded.count - placed - sum(count for reason, count in account.left_out.items() if reason != TOO_FEW_FRAMES)
    account.leave_out(FRAME_LIMIT, unlooked)
    if track is not None:
        account.leave_out(account.problem or NOT_IN_VIDEO, len(track.frames) - decoded.count)
    elif account.problem in ENDS_EARLY:
        account.leave_out(account.problem, round((clip.duration or 0.0) * FPS) - decoded.count)


def _over_limits(clip: ManifestRow, params: ShardsParams) -> str | None:
    if (clip.duration or 0.0) > params.max_seconds_per_clip:
        return TOO_LONG
    return TOO_LARGE if (clip.width or 0) * (clip.height or 0) > params.max_pixels_per_frame else None


def _decoded(
    path: Path, params: ShardsParams, account: ClipAccount, bar: tqdm, first: int = 0, end: int | None = None
) -> Iterator[Numbered]:
    """The pictures that can be decoded, with their indices. Where the file breaks off or is too long, that becomes the clip's problem."""
    limit = round(params.max_seconds_per_clip * FPS)
    try:
        numbered = numbered_frames(path, start=first, stop=end, most_pixels=params.max_pixels_per_frame, tell=account.breaks.append)
        for count, (index, picture) in enumerate(numbered):
            if count == limit:  # although the headers promised less, or nothing
                account.problem = TOO_LONG
                return
            bar.update()
            yield index, picture
    except UnreadableVideo as error:
        account.problem = error.reason


def _tracked(path: Path, track: BoxTrack, params: ShardsParams, account: ClipAccount, bar: tqdm) -> Iterator[Numbered]:
    """The pictures of the frames in a track."""
    wanted = set(track.frames.tolist())
    decoded = _decoded(path, params, account, bar, int(track.frames[0]), int(track.frames[-1]) + 1)
    return ((index, picture) for index, picture in decoded if index in wanted)


def _tracker(clip: ManifestRow, track: BoxTrack | None, params: ShardsParams) -> FaceTracker:
    boxes = None
    if track is not None:
        corners = track.boxes(clip.width or 0, clip.height or 0)
        boxes = dict(zip(track.frames.tolist(), map(tuple, corners.tolist()), strict=True))
    return FaceTracker(max(1, params.detect_every // params.frame_stride), params.detector_upsampling, boxes)


@dataclass(frozen=True)
class _Face:
    """The followed face in one frame: the observation, the picture, the landmarks in it, and the crop box around them."""

    seen: Observation
    picture: Picture
    landmarks: np.ndarray
    box: CropBox


def _faces(tracker: FaceTracker, decoded: Iterator[Numbered], params: ShardsParams, account: ClipAccount) -> Iterator[_Face]:
    """The followed face wherever it is seen. Frames that do not show it are accounted for."""
    observations = tracker.follow(_every(params.frame_stride, decoded, account))
    cropped = steady_crops(
        _found(observations, params.max_frames_per_clip, account),
        scale=params.crop_scale,
        shift_up=params.crop_shift_up,
        smoothing_seconds=params.crop_smoothing_seconds,
    )
    for seen, box in cropped:
        # `_found` yields only observations with landmarks, and nothing here drops a picture.
        assert seen.picture is not None and seen.landmarks is not None and box is not None
        yield _Face(seen, seen.picture, seen.landmarks, box)


def _every(stride: int, decoded: Iterator[Numbered], account: ClipAccount) -> Iterator[Numbered]:
    for count, (index, picture) in enumerate(decoded):
        if count % stride == 0:
            yield index, picture
        else:
            account.left_out[STRIDE] += 1


def _found(observations: Iterator[Observation], limit: int | None, account: ClipAccount) -> Iterator[Observation]:
    """Observations with landmarks, `limit` at most. Nothing is decoded beyond the last."""
    count = 0
    for observation in observations:
        if observation.landmarks is None:
            assert observation.reason is not None  # the tracker gives one for each frame without the face
            account.left_out[observation.reason] += 1
            continue
        yield observation
        count += 1
        if count == limit:
            return


@dataclass
class _Part:
    """The rows of one part of a clip. They are held back until there are enough."""

    clip: ManifestRow
    number: int
    account: ClipAccount
    held: list[dict[str, Any]] = field(default_factory=list)
    written: int = 0
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return f"{self.clip.clip}-{self.number + 1}" if self.number else self.clip.clip

    def add(self, face: _Face, params: ShardsParams, writer: ShardWriter) -> None:
        self.held.append(self._row(face, params))
        if self.written + len(self.held) >= params.min_frames_per_clip:
            for row in self.held:
                writer.write(row)
            self.written += len(self.held)
            self.held.clear()

    def close(self, account: ClipAccount, least: int, writer: ShardWriter) -> None:
        """End the part's rows, and account for them."""
        if self.held:
            account.left_out[TOO_FEW_FRAMES] += len(self.held)
        if self.written >= least:
            account.keep(self.name, self.written, self.notes)
            writer.end_clip()

    def _row(self, face: _Face, params: ShardsParams) -> dict[str, Any]:
        """A shard's row, in the columns of `reenact.shards.schema.SCHEMA`."""
        box, size = face.box, params.image_size
        return {
            "subject": self.clip.subject,
            "video": self.clip.video,
            "clip": self.name,
            "frame": face.seen.frame,
            "time": face.seen.frame / FPS,
            "image": jpeg.encode(box.cut_from(face.picture, size), params.jpeg_quality),
            "landmarks": box.to_crop(face.landmarks, size).astype(np.float32).ravel(),
            "crop_box": np.array([box.x0, box.y0, box.x1, box.y1], np.float32),
            "score": face.seen.score,
            "flags": int(self._flags(face, size)),
        }

    def _flags(self, face: _Face, size: int) -> FrameFlags:
        flags = FrameFlags(0)
        if not np.isnan(face.seen.score):
            flags |= FrameFlags.DETECTED
        if face.box.reaches_beyond(face.picture.shape):
            flags |= FrameFlags.BORDER_PADDED
            self.notes["border padded"] += 1
        if face.box.is_enlarged_by(size):
            flags |= FrameFlags.UPSCALED
            self.notes["upscaled"] += 1
        if face.seen.several:
            self.notes["several faces seen"] += 1
        if self.number:
            self.notes[AFTER_A_CUT] += 1
        if self.account.breaks and face.seen.frame >= round(self.account.breaks[0].second * FPS):
            self.notes[AFTER_A_BREAK] += 1
        return flags
