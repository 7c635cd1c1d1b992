"""Clips with a track: the track's face is followed, in the track's frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reenact.corpus.track_file import DamagedTrack
from reenact.errors import ReenactError
from tests.support.clips import HEIGHT, WIDTH, kept, places, row


def write_track(path: Path, frames: Sequence[int], left: float, top: float, side: float, parts: bool = False) -> Path:
    """A track of a box that moves by 2 pixels a frame: pixels as in VoxCeleb1, or parts of the picture as in VoxCeleb2."""
    boxes = [(frame, left + 2 * frame, top, side, side) for frame in frames]
    if parts:
        boxes = [(frame, x / WIDTH, y / HEIGHT, w / WIDTH, h / HEIGHT) for frame, x, y, w, h in boxes]
    path.write_text("Identity : \tid1\n\nFRAME \tX \tY \tW \tH\n" + "".join(" \t".join(map(str, box)) + "\n" for box in boxes))
    return path


SMALL = (50, 115, 110)  # about where the smaller face is: left edge in frame 0, top edge and side


@pytest.mark.parametrize("parts", [False, True], ids=["pixels", "parts"])
def test_the_tracks_face_is_followed_in_the_tracks_frames_though_a_larger_one_is_beside_it(
    extract, couple: Path, tmp_path: Path, parts: bool
) -> None:
    frames = [*range(5, 18), *range(21, 33)]
    table, account = extract(row(couple, track=write_track(tmp_path / "t.txt", frames, *SMALL, parts=parts)))
    assert kept(table) == [("00001", k) for k in frames]
    assert account["frames"] == {"in": 25, "kept": 25, "left_out": {}}
    left, top, side = SMALL
    inside = places(table) - np.column_stack([left + 2 * np.array(frames), np.full(25, top)])
    assert inside.min() > 0.25 * side and inside.max() < 0.85 * side


def test_several_clips_of_one_video_go_into_one_shard(extract, couple: Path, tmp_path: Path) -> None:
    small = write_track(tmp_path / "small.txt", range(20), *SMALL)
    large = write_track(tmp_path / "large.txt", range(15, 40), 340, 100, 150)
    table, account = extract(row(couple, "00001", small), row(couple, "00002", large))
    assert kept(table) == [("00001", k) for k in range(20)] + [("00002", k) for k in range(15, 40)]
    assert [clip["frames_in"] for clip in account["by_clip"]] == [20, 25]
    assert (places(table)[:20, 0] < 250).all() and (places(table)[20:, 0] > 300).all()


def test_a_track_that_goes_on_after_the_video_is_counted(extract, couple: Path, tmp_path: Path) -> None:
    table, account = extract(row(couple, track=write_track(tmp_path / "t.txt", range(25, 52), *SMALL)))
    assert kept(table) == [("00001", k) for k in range(25, 40)]
    assert account["frames"] == {"in": 27, "kept": 15, "left_out": {"not in the video": 12}}
    table, account = extract(row(couple, track=write_track(tmp_path / "t.txt", range(60, 80), *SMALL)))
    assert len(table) == 0
    assert account["frames"] == {"in": 20, "kept": 0, "left_out": {"not in the video": 20}}


def test_a_track_where_the_face_is_not_keeps_nothing(extract, couple: Path, tmp_path: Path) -> None:
    table, account = extract(row(couple, track=write_track(tmp_path / "t.txt", range(20), 250, 0, 60)))
    assert len(table) == 0
    assert account["frames"] == {"in": 20, "kept": 0, "left_out": {"no face": 20}}


def test_stride_and_frame_limit_count_the_tracks_frames(extract, couple: Path, tmp_path: Path) -> None:
    frames = [*range(3, 12), *range(17, 35)]
    clip = row(couple, track=write_track(tmp_path / "t.txt", frames, *SMALL))
    table, account = extract(clip, frame_stride=2)
    assert kept(table) == [("00001", k) for k in frames[::2]]
    assert account["frames"] == {"in": 27, "kept": 14, "left_out": {"stride": 13}}
    table, account = extract(clip, max_frames_per_clip=11)
    assert kept(table) == [("00001", k) for k in frames[:11]]
    assert account["frames"] == {"in": 27, "kept": 11, "left_out": {"frame limit": 16}}


def test_a_track_file_that_is_gone_or_changed_or_damaged_is_named(extract, couple: Path, tmp_path: Path) -> None:
    track = write_track(tmp_path / "t.txt", range(20), *SMALL)
    clip = row(couple, track=track)
    track.write_text(track.read_text() + "20 \t1 \t1 \t9 \t9\n")
    with pytest.raises(ReenactError, match=r"t\.txt has changed.*reenact manifest"):
        extract(clip)
    track.unlink()
    with pytest.raises(ReenactError, match=r"t\.txt.*gone.*reenact manifest"):
        extract(clip)
    track.write_text("no track\n")
    with pytest.raises(DamagedTrack, match=r"t\.txt"):
        extract(row(couple, track=track))
