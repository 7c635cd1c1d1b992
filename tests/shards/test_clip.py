"""One clip's rows, and how the ledger accounts for clips that are too long, too large, or break off."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reenact.shards.ledger import share_of_bad_files
from reenact.shards.schema import FrameFlags
from reenact.video.encode import VideoWriter
from tests.support.clips import FIRST, HEIGHT, WIDTH, film, kept, row
from tests.support.heads import upside_down
from tests.support.inputs.strange import person
from tests.support.media import ffmpeg

# Rows


@pytest.mark.parametrize(("stride", "every", "detected"), [(1, 10, 10), (2, 10, 5), (5, 10, 2), (10, 4, 1)])
def test_the_detectors_interval_counts_the_videos_frames_whatever_the_stride(extract, couple: Path, stride, every, detected) -> None:
    """`detected`: after how many kept frames the detector runs again; no more of the video lies between than the parameter says."""
    table, _ = extract(row(couple), frame_stride=stride, detect_every=every, min_frames_per_clip=1)
    flags = np.array(table["flags"].to_pylist()) & FrameFlags.DETECTED
    count = len(range(0, 40, stride))
    assert np.flatnonzero(flags).tolist() == sorted({*range(0, count, detected), count - 1})


def test_a_row_has_its_time_and_a_picture_of_the_quality_asked_for(extract, couple: Path) -> None:
    for quality in (60, 90):
        table, _ = extract(row(couple), jpeg_quality=quality, frame_stride=13, min_frames_per_clip=1)
        assert table["time"].to_pylist() == [frame / 25 for frame in table["frame"].to_pylist()] == [0, 0.52, 1.04, 1.56]
        by_pillow = io.BytesIO()
        Image.new("RGB", (16, 16)).save(by_pillow, "JPEG", quality=quality)
        with Image.open(io.BytesIO(table["image"][1].as_py())) as stored, Image.open(by_pillow) as expected:
            assert stored.quantization == expected.quantization


@pytest.mark.parametrize(("scale", "shift"), [(1.8, 0.15), (2.6, 0.0)])
def test_crops_have_the_size_and_place_asked_for(extract, couple: Path, scale: float, shift: float) -> None:
    """The side is `scale` times the larger side of the landmarks' box, and the box's centre lies `shift` sides below the crop's."""
    asked = {"crop_scale": scale, "crop_shift_up": shift, "crop_smoothing_seconds": 0.0, "image_size": 128}
    table, account = extract(row(couple), **asked, frame_stride=13, min_frames_per_clip=1)
    points = np.reshape(table["landmarks"].to_pylist(), (4, 68, 2))
    low, high = points.min(axis=1), points.max(axis=1)
    np.testing.assert_allclose(128 / (high - low).max(axis=1), scale, rtol=0.001)
    np.testing.assert_allclose((low + high) / 2 - 63.5, np.tile([0, 128 * shift], (4, 1)), atol=0.1)
    with Image.open(io.BytesIO(table["image"][0].as_py())) as stored:
        assert stored.size == (128, 128)
    assert account["notes"]["several faces seen"] > 0


def test_a_clip_with_a_few_frames_of_a_face_has_too_few_whatever_else_it_lost_most_for(extract, tmp_path: Path) -> None:
    clip = film(tmp_path / "glimpse.mp4", [[(FIRST, 200, 40, 1)]] * 4 + [[]] * 10)
    table, account = extract(row(clip))
    assert len(table) == 0 and account["by_clip"][0]["left_out"] == {"no face": 10, "too few frames": 4}
    assert account["by_clip"][0]["problem"] == "too few frames"


# Limits and problems


def test_a_clip_that_is_too_long_by_its_header_is_left_out_unread(extract, couple: Path) -> None:
    table, account = extract(row(couple), max_seconds_per_clip=1.5)
    (clip,) = account["by_clip"]
    assert len(table) == 0 and (clip["left_out"], clip["problem"]) == ({"too long": 40}, "too long")
    table, _ = extract(row(couple), max_seconds_per_clip=1.6)  # exactly
    assert len(table) == 40


def test_a_clip_whose_header_does_not_tell_its_length_is_read_up_to_the_limit(extract, couple: Path, tmp_path: Path) -> None:
    unsaid = tmp_path / "unsaid.mkv"
    unsaid.write_bytes(ffmpeg("-i", couple, "-c", "copy", "-f", "matroska", "-"))
    clip = row(unsaid)
    assert not clip.duration
    table, account = extract(clip, max_seconds_per_clip=1)
    (entry,) = account["by_clip"]
    assert entry["problem"] == "too long"
    assert len(table) == entry["frames_in"] == 25
    table, account = extract(clip, max_seconds_per_clip=1.6)
    assert len(table) == 40 and account["by_clip"][0]["problem"] is None


def test_a_clip_with_too_many_pixels_is_left_out_unread(extract, couple: Path) -> None:
    table, account = extract(row(couple), max_pixels_per_frame=WIDTH * HEIGHT - 1)
    (clip,) = account["by_clip"]
    assert len(table) == 0 and (clip["left_out"], clip["problem"]) == ({"too large": 40}, "too large")
    table, account = extract(row(couple), max_pixels_per_frame=WIDTH * HEIGHT)
    assert len(table) == 40


def test_pictures_that_are_larger_than_the_header_says_are_left_out(extract, couple: Path) -> None:
    table, account = extract(replace(row(couple), width=64, height=64), max_pixels_per_frame=WIDTH * HEIGHT - 1)
    (clip,) = account["by_clip"]
    assert len(table) == 0 and (clip["left_out"], clip["problem"]) == ({"too large": 40}, "too large")


def test_the_files_of_a_clip_with_a_problem_are_not_opened(extract, tmp_path: Path, couple: Path) -> None:
    gone = replace(row(couple), path=str(tmp_path / "gone.mp4"), track=str(tmp_path / "gone.txt"), problem="damaged track")
    table, account = extract(gone, row(couple, "00002"))
    assert account["by_clip"][0]["problem"] == "damaged track" and account["by_clip"][0]["left_out"] == {"damaged track": 40}
    assert account["clips"] == {"in": 2, "kept": 1, "left_out": {"damaged track": 1}}
    assert set(table["clip"].to_pylist()) == {"00002"}


# Breaks in time


def test_a_pause_and_a_late_first_picture_have_no_frames_and_are_named(extract, couple: Path, tmp_path: Path) -> None:
    paused = tmp_path / "paused.mkv"
    times = "settb=1/1000,setpts=N*40+3000+gte(N\\,25)*1200000"
    ffmpeg(
        *("-i", couple, "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "pcm_s16le", "-vf", times),
        *("-fps_mode", "passthrough", "-enc_time_base", "1/1000", paused),
    )
    clip = row(paused)
    assert clip.duration == pytest.approx(1.6, abs=0.05)
    table, account = extract(clip, max_seconds_per_clip=2)  # of pictures, not of pauses
    assert [frame for _, frame in kept(table)] == [*range(75, 100), *range(30_100, 30_115)]
    (entry,) = account["by_clip"]
    assert entry["breaks"] == ["there is no picture before 3.00 s", "there is no picture from 4.00 s to 1204.00 s"]
    assert (entry["frames_in"], entry["left_out"], entry["problem"]) == (40, {}, None)
    assert account["notes"]["after a break in time"] == 40


def test_a_file_that_breaks_off_after_a_pause_loses_only_pictures(extract, couple: Path, tmp_path: Path) -> None:
    paused = tmp_path / "paused.mp4"
    times = "settb=1/1000,setpts=N*40+gte(N\\,20)*600000"
    more = ["-movflags", "+faststart", "-g", "4", "-bf", "0"]
    ffmpeg("-i", couple, "-vf", times, "-fps_mode", "passthrough", "-enc_time_base", "1/1000", *more, paused)
    paused.write_bytes(paused.read_bytes()[: paused.stat().st_size * 3 // 4])
    _, account = extract(row(paused))
    (entry,) = account["by_clip"]
    assert entry["problem"] == "truncated" and entry["frames_in"] == pytest.approx(40, abs=1) and 5 <= entry["left_out"]["truncated"] <= 20
    assert len(entry["breaks"]) == 1


def test_an_ordinary_clips_entry_has_no_breaks(extract, couple: Path) -> None:
    _, account = extract(row(couple))
    assert "breaks" not in account["by_clip"][0] and "after a break in time" not in account["notes"]


# Heads that are turned


def test_frames_upside_down_are_left_out_by_name(extract, tmp_path: Path) -> None:
    pictures = np.full((40, HEIGHT, WIDTH, 3), 90, np.uint8)
    # Where the detector, whose cells have eight pixels, is surest.
    pictures[:20, 40:232, 188:380] = cv2.resize(upside_down(), (192, 192), interpolation=cv2.INTER_AREA)
    pictures[20:, 40:296, 180:436] = person(FIRST)
    for name, shown in (("turns", pictures), ("turned", pictures[:20])):
        with VideoWriter(tmp_path / f"{name}.mp4", (WIDTH, HEIGHT)) as video:
            for picture in shown:
                video.write(picture)
    table, account = extract(row(tmp_path / "turns.mp4", "00001"), row(tmp_path / "turned.mp4", "00002"))
    assert kept(table) == [("00001", k) for k in range(20, 40)]
    turns, turned = account["by_clip"]
    assert turns["left_out"] == turned["left_out"] == {"landmarks fit no face": 20}
    assert (turns["problem"], turned["problem"]) == (None, "landmarks fit no face")
    assert account["clips"]["left_out"] == {"landmarks fit no face": 1}
    assert share_of_bad_files(account) == 0.0
