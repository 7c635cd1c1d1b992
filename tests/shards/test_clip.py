"""Clips that are cut, tracked, too long or too large: which rows come of them, and how the ledger accounts for the rest."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from reenact.config.schema import Params
from reenact.corpus.clip_list import ManifestRow, list_bytes
from reenact.corpus.track_file import DamagedTrack
from reenact.errors import ReenactError
from reenact.faces.crop import CropBox
from reenact.files import sha256_file
from reenact.shards.extract import extract_shard
from reenact.shards.ledger import share_of_bad_files
from reenact.shards.schema import FrameFlags
from reenact.video.encode import VideoWriter
from reenact.video.probe import probe
from tests.shards.strange_inputs import person
from tests.support.heads import upside_down
from tests.support.media import ffmpeg

WIDTH, HEIGHT = 640, 360  # of so many lines, which VoxCeleb1's tracks count in
FIRST, OTHER = 5, 7
Shown = tuple[int, float, float, float]  # whose portrait, its left and top edge in pixels, scale


def film(path: Path, pictures: Sequence[Sequence[Shown]]) -> Path:
    """A video of rendered people at known places."""
    with VideoWriter(path, (WIDTH, HEIGHT)) as video:
        for shown in pictures:
            canvas = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            for number, left, top, scale in shown:
                matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
                cv2.warpAffine(person(number), matrix, (WIDTH, HEIGHT), dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
            video.write(canvas)
    return path


def row(path: Path, clip: str = "00001", track: Path | None = None) -> ManifestRow:
    """A clip list's line about a video."""
    info, given = probe(path), (str(track), sha256_file(track)) if track else (None, None)
    about = (path.stat().st_size, sha256_file(path), info.duration, info.fps, info.width, info.height, info.has_audio)
    return ManifestRow("s", "v", clip, "train", str(path), *about, *given, problem=None, shard=0)


@pytest.fixture
def extract(tmp_path: Path):
    """extract(*rows, **shards' parameters) -> shard and ledger."""

    def run(*rows: ManifestRow, **shards: Any) -> tuple[pa.Table, dict[str, Any]]:
        (tmp_path / "list.csv").write_bytes(list_bytes(rows))
        out, account = tmp_path / "out.parquet", tmp_path / "out.json"
        extract_shard(tmp_path / "list.csv", out, account, Params.model_validate({"shards": shards}), tmp_path)
        entries = json.loads(account.read_text())
        for clip in entries["by_clip"]:
            assert clip["frames_in"] == clip["frames_kept"] + sum(clip["left_out"].values())
            assert clip["frames_kept"] == sum(clip["parts"].values())
        return pq.read_table(out), entries

    return run


def kept(table: pa.Table) -> list[tuple[str, int]]:
    """Clip and frame of each row."""
    return list(zip(table["clip"].to_pylist(), table["frame"].to_pylist(), strict=True))


def places(table: pa.Table) -> np.ndarray:
    """The middle of each row's landmarks, pixels of the source."""
    points = [np.reshape(each, (68, 2)) for each in table["landmarks"].to_pylist()]
    boxes = [CropBox(*each) for each in table["crop_box"].to_pylist()]
    return np.array([box.to_source(each, 256).mean(axis=0) for each, box in zip(points, boxes, strict=True)])


# Cuts

CUT = [[(FIRST, 10, 20, 1)]] * 16 + [[(OTHER, 200, 20, 1)]] * 14 + [[(FIRST, 370, 60, 1.1)]] * 22


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that is cut to another person and back to the first one, elsewhere and a little larger."""
    return film(tmp_path_factory.mktemp("cut") / "cut.mp4", CUT)


def test_a_clip_that_is_cut_to_another_person_and_back_becomes_two_parts(extract, cut: Path, tmp_path: Path) -> None:
    table, account = extract(row(cut), row_group_rows=10)
    assert kept(table) == [("00001", k) for k in range(16)] + [("00001-2", k) for k in range(30, 52)]
    (clip,) = account["by_clip"]
    assert (clip["clip"], clip["parts"]) == ("00001", {"00001": 16, "00001-2": 22})
    assert (clip["left_out"], clip["problem"]) == ({"another face": 14}, None)
    assert account["clips"] == {"in": 1, "kept": 1, "left_out": {}}
    assert account["notes"]["after a cut"] == 22
    with pq.ParquetFile(tmp_path / "out.parquet") as file:
        groups = [file.read_row_group(k, columns=["clip"])["clip"].to_pylist() for k in range(file.num_row_groups)]
    assert [(group[0], len(group)) for group in groups] == [("00001", 10), ("00001", 6), ("00001-2", 10), ("00001-2", 12)]
    assert all(len(set(group)) == 1 for group in groups)


def test_crops_are_not_smoothed_across_a_cut(extract, cut: Path) -> None:
    # Without the other person in between the parts follow each other at once; both faces stand still.
    table, _ = extract(row(film(cut.parent / "at-once.mp4", CUT[:16] + CUT[30:])))
    boxes = np.array(table["crop_box"].to_pylist())
    assert table["clip"].to_pylist() == ["00001"] * 16 + ["00001-2"] * 22
    for part in (boxes[:16], boxes[16:]):
        assert np.ptp(part, axis=0).max() < 4
    assert boxes[16, 0] - boxes[15, 0] > 300


def test_a_part_with_too_few_frames_is_left_out(extract, cut: Path) -> None:
    table, account = extract(row(cut), min_frames_per_clip=20)
    assert kept(table) == [("00001-2", k) for k in range(30, 52)]
    (clip,) = account["by_clip"]
    assert clip["parts"] == {"00001-2": 22} and clip["left_out"] == {"another face": 14, "too few frames": 16}
    table, account = extract(row(film(cut.parent / "soon.mp4", CUT[:36])))
    assert set(kept(table)) == {("00001", k) for k in range(16)}
    (clip,) = account["by_clip"]
    assert clip["parts"] == {"00001": 16} and clip["left_out"] == {"another face": 14, "too few frames": 6}
    assert "after a cut" not in account["notes"]
    table, account = extract(row(cut), min_frames_per_clip=40)
    assert len(table) == 0 and account["clips"]["left_out"] == {"too few frames": 1}
    assert account["frames"] == {"in": 52, "kept": 0, "left_out": {"another face": 14, "too few frames": 38}}


@pytest.mark.parametrize(("least", "parts"), [(16, {"00001": 16, "00001-2": 22}), (17, {"00001-2": 22}), (23, {})])
def test_a_part_of_exactly_the_least_number_of_frames_is_kept(extract, cut: Path, least: int, parts: dict[str, int]) -> None:
    table, account = extract(row(cut), min_frames_per_clip=least)
    assert account["by_clip"][0]["parts"] == parts
    assert len(table) == sum(parts.values())
    assert account["by_clip"][0]["left_out"].get("too few frames", 0) == 38 - sum(parts.values())


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


# Tracks


@pytest.fixture(scope="module")
def couple(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty frames of two people, the one on the right the larger; both move to the right."""
    pictures = [[(OTHER, 10 + 2 * k, 60, 0.8), (FIRST, 280 + 2 * k, 30, 1.1)] for k in range(40)]
    return film(tmp_path_factory.mktemp("couple") / "couple.mp4", pictures)


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
