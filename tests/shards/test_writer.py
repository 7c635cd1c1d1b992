from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.shards.reader import read_landmarks, row_groups
from reenact.shards.schema import SCHEMA, FrameFlags
from reenact.shards.writer import ShardWriter

TYPES = {
    "subject": "string", "video": "string", "clip": "string", "frame": "int32", "time": "double", "image": "binary",
    "landmarks": "fixed_size_list<item: float>[136]", "crop_box": "fixed_size_list<item: float>[4]", "score": "float", "flags": "uint8",
}  # fmt: skip


def row(clip: str, frame: int) -> dict[str, Any]:
    rng = np.random.default_rng(frame)
    return {
        "subject": "s",
        "video": "v",
        "clip": clip,
        "frame": frame,
        "time": frame / 25,
        "image": rng.bytes(50),
        "landmarks": rng.normal(size=136).astype(np.float32),
        "crop_box": np.array([1, 2, 3, 4], np.float32),
        "score": float("nan"),
        "flags": 3,
    }


def write(path: Path, lengths: dict[str, int], row_group_rows: int = 10) -> Path:
    with ShardWriter(path, {"decoder": "x"}, row_group_rows) as writer:
        for clip, length in lengths.items():
            for frame in range(length):
                writer.write(row(clip, frame))
            writer.end_clip()
    return path


def groups(path: Path) -> list[tuple[str, int]]:
    with pq.ParquetFile(path) as file:
        tables = [file.read_row_group(k, columns=["clip"]) for k in range(file.num_row_groups)]
    assert all(len(set(table["clip"].to_pylist())) == 1 for table in tables)
    return [(table["clip"][0].as_py(), table.num_rows) for table in tables]


def test_a_row_group_is_of_one_clip_and_none_is_tiny(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"c1": 7, "c2": 34, "c3": 36, "c4": 0, "c5": 14, "c6": 15})
    expected = [
        ("c1", 7),
        ("c2", 10),
        ("c2", 10),
        ("c2", 14),
        ("c3", 10),
        ("c3", 10),
        ("c3", 10),
        ("c3", 6),
        ("c5", 14),
        ("c6", 10),
        ("c6", 5),
    ]
    assert groups(path) == expected


def test_rows_come_back(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"c": 23})
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert table.schema.metadata == {b"decoder": b"x"}
    for frame, back in enumerate(table.to_pylist()):
        given = row("c", frame)
        assert np.isnan(back.pop("score"))
        assert np.array_equal(back.pop("landmarks"), given["landmarks"])
        assert np.array_equal(back.pop("crop_box"), given["crop_box"])
        assert back.items() <= given.items()


def test_the_projects_reader_reads_it(tmp_path: Path) -> None:
    table = read_landmarks([write(tmp_path / "a.parquet", {"c1": 12, "c2": 3})])
    assert table.clips == [("s", "v", "c1"), ("s", "v", "c2")]
    assert np.array_equal(table.landmarks[12], row("c2", 0)["landmarks"].reshape(68, 2))


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "a.parquet", {"c": 40}).read_bytes() == write(tmp_path / "b.parquet", {"c": 40}).read_bytes()


def test_pictures_and_landmarks_are_stored_as_they_are_and_the_rest_is_compressed(tmp_path: Path) -> None:
    group = pq.read_metadata(write(tmp_path / "a.parquet", {"c": 10})).row_group(0)
    compression = {group.column(k).path_in_schema: group.column(k).compression for k in range(group.num_columns)}
    assert compression.pop("image") == compression.pop("landmarks.list.element") == "UNCOMPRESSED"
    assert set(compression.values()) == {"ZSTD"}


def test_no_rows_give_a_valid_empty_shard(tmp_path: Path) -> None:
    table = pq.read_table(write(tmp_path / "a.parquet", {}))
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


def test_an_exception_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(KeyError), ShardWriter(tmp_path / "a.parquet", {}, 10) as writer:
        writer.write(row("c", 0))
        writer.end_clip()
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_flipped_bit_in_a_shard_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"c": 12})
    data = bytearray(path.read_bytes())
    data[data.index(row("c", 5)["image"]) + 20] ^= 4
    path.write_bytes(data)
    with pytest.raises(ReenactError, match=r"a\.parquet is damaged"):
        row_groups([path]).read(0, ["image"])


def test_each_column_has_the_type_that_readers_count_on() -> None:
    types = {field.name: (str(field.type), field.nullable) for field in SCHEMA}
    assert types == {name: (kind, False) for name, kind in TYPES.items()}
    assert [(flag.name, flag.value) for flag in FrameFlags] == [("DETECTED", 1), ("BORDER_PADDED", 2), ("UPSCALED", 4)]


def test_names_are_stored_once_and_only_what_row_groups_are_chosen_by_has_statistics(tmp_path: Path) -> None:
    group = pq.read_metadata(write(tmp_path / "a.parquet", {"c": 10})).row_group(0)
    columns = {column.path_in_schema: column for column in map(group.column, range(group.num_columns))}
    assert {name for name, column in columns.items() if column.has_dictionary_page} == {"subject", "video", "clip"}
    assert {name for name, column in columns.items() if column.is_stats_set} == {"subject", "video", "clip", "frame"}
    assert (columns["frame"].statistics.min, columns["frame"].statistics.max) == (0, 9)


@pytest.mark.parametrize("place", ["begin", "rows", "end"])
def test_a_disk_that_is_full_is_told_with_the_file_and_leaves_none(tmp_path: Path, place: str) -> None:
    size = write(tmp_path / "whole.parquet", {"c": 40}).stat().st_size
    (tmp_path / "whole.parquet").unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ({"begin": 0, "rows": size // 3, "end": size - 10}[place], hard))
    try:
        with pytest.raises(ReenactError, match=r"a\.parquet cannot be written .*File too large"):
            write(tmp_path / "a.parquet", {"c": 40})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
