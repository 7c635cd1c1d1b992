from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.config.data import ShardsParams
from reenact.config.schema import Params
from reenact.corpus.clip_list import SCHEMA as LIST_SCHEMA
from reenact.errors import ReenactError
from reenact.face3d.headmodel import head_model
from reenact.faces.crop import CropBox
from reenact.faces.detector import detect
from reenact.faces.landmarks import predict
from reenact.files import sha256_file
from reenact.shards.extract import extract_shard
from reenact.shards.schema import SCHEMA, FrameFlags
from reenact.synthetic.portraits import neutral_portrait
from reenact.video.decode import frames
from reenact.video.encode import VideoWriter
from reenact.video.probe import UnreadableVideo, probe

SIZE = 320


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return neutral_portrait(Params(), head_model().person(5), "extract")


@pytest.fixture(scope="module")
def corpus(portrait: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Videos: whole (a moving face, 60 frames), leaves (30 frames with a face, 10 without), empty (30 without), short (6 with)."""
    folder = tmp_path_factory.mktemp("corpus")
    shown = {"whole": [True] * 60, "leaves": [True] * 30 + [False] * 10, "empty": [False] * 30, "short": [True] * 6}
    for name, faces in shown.items():
        with VideoWriter(folder / f"{name}.mp4", (SIZE, SIZE)) as video:
            for k, face in enumerate(faces):
                canvas = np.full((SIZE, SIZE, 3), 90, np.uint8)
                if face:
                    matrix = np.array([[1, 0, 20 + 0.4 * k], [0, 1, 40 + 4 * np.sin(k / 5)]])
                    cv2.warpAffine(portrait, matrix, (SIZE, SIZE), dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
                video.write(canvas)
    return folder


def list_row(path: Path, root: Path) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(LIST_SCHEMA.names)
    row |= {"subject": "s", "video": "v", "clip": path.stem, "split": "train", "path": path.relative_to(root).as_posix(), "shard": 0}
    row |= {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
    try:
        info = probe(path)
        row |= {"duration": info.duration, "fps": info.fps, "width": info.width, "height": info.height, "has_audio": info.has_audio}
    except UnreadableVideo as error:
        row["problem"] = error.reason
    return row


def write_list(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LIST_SCHEMA.names)
        for row in rows:
            cells = [row[name] for name in LIST_SCHEMA.names]
            writer.writerow(["" if c is None else str(c).lower() if isinstance(c, bool) else c for c in cells])
    return path


Extract = Callable[..., tuple[pa.Table, dict[str, Any]]]


@pytest.fixture
def extract(corpus: Path, tmp_path: Path) -> Extract:
    """extract(names or rows, **shards' parameters) -> shard and ledger, with the corpus folder as the root."""

    def run(names: list[str | Path], **shards: Any) -> tuple[pa.Table, dict[str, Any]]:
        files = [name if isinstance(name, Path) else corpus / f"{name}.mp4" for name in names]
        clip_list = write_list(tmp_path / "lists" / "train-00003.csv", [list_row(file, corpus) for file in files])
        out, account = tmp_path / "out" / "00003.parquet", tmp_path / "out" / "00003.ledger.json"
        extract_shard(clip_list, out, account, Params.model_validate({"shards": shards}), corpus)
        return pq.read_table(out), json.loads(account.read_text())

    return run


def column(table: pa.Table, name: str, *shape: int) -> np.ndarray:
    return np.array(table[name].to_pylist()).reshape(len(table), *shape)


def picture(table: pa.Table, index: int) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(table["image"][index].as_py(), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def spread(landmarks: np.ndarray) -> float:
    return float(np.sqrt(((landmarks - landmarks.mean(0)) ** 2).sum(1).mean()))


def test_a_clip_becomes_rows_that_agree_with_dlib_on_the_stored_crops(extract: Extract, corpus: Path) -> None:
    table, account = extract(["whole"])
    assert table.schema.equals(SCHEMA)
    assert table["frame"].to_pylist() == list(range(60))
    assert table["time"].to_pylist() == [k / 25 for k in range(60)]
    assert account["frames"] == {"in": 60, "kept": 60, "left_out": {}}
    assert account["clips"] == {"in": 1, "kept": 1, "left_out": {}}
    landmarks = column(table, "landmarks", 68, 2)
    source = list(frames(corpus / "whole.mp4"))
    for index in (0, 5, 33, 59):
        crop = np.ascontiguousarray(picture(table, index))
        assert crop.shape == (256, 256, 3)
        direct = predict(crop, detect(crop)[0].box)
        assert np.linalg.norm(landmarks[index] - direct, axis=1).mean() < 0.04 * spread(direct)
        again = CropBox(*table["crop_box"][index].as_py()).cut_from(source[index], 256)
        assert np.abs(crop.astype(int) - again).mean() < 2  # JPEG's loss


def test_every_crop_holds_the_whole_face(extract: Extract) -> None:
    table, _ = extract(["whole"])
    landmarks = column(table, "landmarks", 68, 2)
    assert landmarks.min() > 8
    assert landmarks.max() < 247
    brows, chin = landmarks[:, 17:27, 1].min(axis=1), landmarks[:, 8, 1]
    assert (brows > 0.4 * (chin - brows)).all()  # room for the forehead above the brows


def test_flags_scores_and_notes_tell_of_the_frames(extract: Extract) -> None:
    table, account = extract(["whole"])
    flags = [FrameFlags(value) for value in table["flags"].to_pylist()]
    detected = [k for k in range(60) if FrameFlags.DETECTED in flags[k]]
    assert detected == [0, 10, 20, 30, 40, 50, 59]
    scores = np.array(table["score"].to_pylist())
    assert (np.isfinite(scores) == [k in detected for k in range(60)]).all()
    x0, y0, x1, y1 = column(table, "crop_box", 4).T
    beyond = (x0 < -0.5) | (y0 < -0.5) | (x1 > SIZE - 0.5) | (y1 > SIZE - 0.5)
    enlarged = x1 - x0 < 256
    assert ([FrameFlags.BORDER_PADDED in f for f in flags] == beyond).all()
    assert ([FrameFlags.UPSCALED in f for f in flags] == enlarged).all()
    counts = {"border padded": int(beyond.sum()), "upscaled": int(enlarged.sum())}
    assert account["notes"] == {note: count for note, count in counts.items() if count}


def test_the_footer_says_what_made_it(extract: Extract) -> None:
    table, _ = extract(["whole"], max_frames_per_clip=12, crop_scale=2.0)
    footer = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert {"decoder", "detector", "landmark_model", "landmark_model_sha256", "crop_rule", "params"} <= footer.keys()
    params = json.loads(footer["params"])
    assert params["crop_scale"] == 2.0
    assert set(ShardsParams.model_fields) - set(params) == {"max_left_out", "train_shards", "test_shards"}


def test_the_same_clips_give_the_same_bytes(extract: Extract, tmp_path: Path) -> None:
    extract(["leaves", "short"])
    first = [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())]
    _, account = extract(["leaves", "short"])
    assert [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())] == first
    assert account["shard"] == "train-00003"
    assert account["sha256"] == sha256_file(tmp_path / "out" / "00003.parquet")


def test_what_is_left_out_is_accounted_for_by_reason(extract: Extract, corpus: Path) -> None:
    broken = corpus / "broken.mp4"
    broken.write_text("no film")
    table, account = extract(["whole", "leaves", "empty", "short", broken])
    assert account["frames"] == {"in": 136, "kept": 90, "left_out": {"no face": 40, "too few frames": 6}}
    assert account["clips"] == {"in": 5, "kept": 2, "left_out": {"no face": 1, "not a video": 1, "too few frames": 1}}
    assert [clip["problem"] for clip in account["by_clip"]] == [None, None, "no face", "too few frames", "not a video"]
    assert all(clip["frames_in"] == clip["frames_kept"] + sum(clip["left_out"].values()) for clip in account["by_clip"])
    assert table["clip"].to_pylist() == ["whole"] * 60 + ["leaves"] * 30


def test_stride_and_limit_are_counted_and_keep_the_time_line(extract: Extract) -> None:
    table, account = extract(["whole"], frame_stride=3)
    assert table["frame"].to_pylist() == list(range(0, 60, 3))
    assert account["frames"] == {"in": 60, "kept": 20, "left_out": {"stride": 40}}
    table, account = extract(["whole"], max_frames_per_clip=15)
    assert table["frame"].to_pylist() == list(range(15))
    assert account["frames"] == {"in": 60, "kept": 15, "left_out": {"frame limit": 45}}
    table, account = extract(["whole"], frame_stride=2, max_frames_per_clip=11)
    assert table["frame"].to_pylist() == list(range(0, 22, 2))
    assert account["frames"]["in"] == 60
    assert sum(account["frames"]["left_out"].values()) == 49


def test_a_clip_that_breaks_off_keeps_its_whole_part(extract: Extract, corpus: Path) -> None:
    cut = corpus / "cut.mp4"
    whole = (corpus / "whole.mp4").read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    table, account = extract([cut])
    (clip,) = account["by_clip"]
    assert clip["problem"] == "truncated"
    assert 10 <= len(table) < 60
    assert clip["frames_kept"] == len(table)
    assert account["notes"]["of a truncated clip"] == len(table)


def test_a_clip_that_breaks_off_and_shows_no_face_is_called_truncated(extract: Extract, corpus: Path) -> None:
    noise = np.random.default_rng(0)
    whole = corpus / "noise.mp4"
    with VideoWriter(whole, (SIZE, SIZE)) as video:
        for _ in range(30):
            video.write(np.repeat(noise.integers(0, 255, (SIZE, SIZE, 1), np.uint8), 3, axis=2))
    cut = corpus / "noise-cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    _, account = extract([cut])
    (clip,) = account["by_clip"]
    assert clip["problem"] == "truncated"
    assert clip["left_out"].keys() == {"no face", "truncated"} and min(clip["left_out"].values()) > 0
    assert clip["frames_in"] == 30  # as the header says
    assert account["clips"]["left_out"] == {"truncated": 1}


def test_row_groups_keep_clips_apart(extract: Extract, tmp_path: Path) -> None:
    extract(["whole", "leaves"], row_group_rows=20)
    footer = pq.read_metadata(tmp_path / "out" / "00003.parquet")
    assert [footer.row_group(k).num_rows for k in range(footer.num_row_groups)] == [20, 20, 20, 20, 10]


def test_an_empty_list_gives_an_empty_shard(extract: Extract) -> None:
    table, account = extract([])
    assert table.schema.equals(SCHEMA)
    assert len(table) == 0
    assert account["clips"] == {"in": 0, "kept": 0, "left_out": {}}


def test_a_shard_of_which_nothing_is_kept_is_empty_and_says_why(extract: Extract, corpus: Path) -> None:
    nothing = corpus / "nothing.mp4"
    nothing.touch()
    table, account = extract([nothing])
    assert len(table) == 0
    assert account["clips"] == {"in": 1, "kept": 0, "left_out": {"empty file": 1}}


def test_a_file_that_is_gone_or_changed_is_named_with_the_remedy(corpus: Path, tmp_path: Path) -> None:
    copy = corpus / "copy.mp4"
    shutil.copy(corpus / "short.mp4", copy)
    clip_list = write_list(tmp_path / "list.csv", [list_row(copy, corpus)])
    copy.write_bytes(copy.read_bytes() + b"more")
    arguments = (clip_list, tmp_path / "a.parquet", tmp_path / "a.json", Params(), corpus)
    with pytest.raises(ReenactError, match=r"copy\.mp4 has changed.*reenact manifest"):
        extract_shard(*arguments)
    copy.unlink()
    with pytest.raises(ReenactError, match=r"copy\.mp4.*gone.*reenact manifest"):
        extract_shard(*arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list.csv"]
