from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.parquet import landmark_column, landmarks_of
from reenact.shards.reader import BATCH_ROWS, read_landmarks, row_groups


@pytest.fixture
def shards(tmp_path, write_shard):
    return [
        write_shard(tmp_path / "train-00000.parquet", [("bob", "v", "00001", 5), ("zoe", "v", "00001", 3)], group_rows=2),
        write_shard(tmp_path / "train-00001.parquet", [("amy", "v", "00001", 4), ("bob", "w", "00002", 1)], group_rows=2),
    ]


def write_truth(path, subjects):
    rows = [
        {"subject": name, "performance": 4, "take": frame // 2, "frame": frame, "landmarks": [float(frame + place) for place in range(136)]}
        for name in subjects
        for frame in range(3)
    ]
    numbers = {name: pa.int32() for name in ("performance", "take", "frame")}
    schema = pa.schema({"subject": pa.string(), **numbers, "landmarks": pa.list_(pa.float32(), 136)})
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


def test_row_groups_come_from_the_footers(shards):
    groups = row_groups(reversed(shards))
    assert groups.rows.tolist() == [2, 2, 1, 2, 1, 2, 2, 1]
    assert [groups.clips[clip][0] for clip in groups.clip] == ["bob"] * 3 + ["zoe"] * 2 + ["amy"] * 2 + ["bob"]
    assert groups.shard.tolist() == [0] * 5 + [1] * 3
    assert groups.clips == sorted(groups.clips)


def test_landmarks_equal_what_the_shards_hold(shards):
    table = read_landmarks(shards)
    plain = pa.concat_tables([pq.read_table(path) for path in shards])
    np.testing.assert_array_equal(table.landmarks, np.array(plain["landmarks"].to_pylist(), np.float32).reshape(-1, 68, 2))
    assert table.frame.tolist() == plain["frame"].to_pylist()
    assert [table.subjects[index] for index in table.subject] == plain["subject"].to_pylist()
    names = list(zip(plain["subject"].to_pylist(), plain["video"].to_pylist(), plain["clip"].to_pylist(), strict=True))
    assert [table.clips[index] for index in table.clip] == names
    assert (table.landmarks.dtype, table.subject.dtype, table.clip.dtype) == (np.float32, np.int32, np.int32)


def test_many_shards_keep_their_order(tmp_path, write_shard):
    paths = [write_shard(tmp_path / f"{n:02d}.parquet", [(f"s{n:02d}", "v", "00001", 1 + n % 3)] * (n % 4 > 0)) for n in range(20)]
    table = read_landmarks(paths)
    whole = pa.concat_tables([pq.read_table(path) for path in paths])
    np.testing.assert_array_equal(table.landmarks, np.array(whole["landmarks"].to_pylist(), np.float32).reshape(-1, 68, 2))
    assert table.frame.tolist() == whole["frame"].to_pylist()
    assert [table.subjects[index] for index in table.subject] == whole["subject"].to_pylist()


def test_a_damaged_shard_among_many_is_an_error(tmp_path, write_shard):
    paths = [write_shard(tmp_path / f"{n:02d}.parquet", [(f"s{n:02d}", "v", "00001", 5)]) for n in range(8)]
    content = bytearray(paths[6].read_bytes())
    place = pq.ParquetFile(paths[6]).metadata.row_group(0).column(6).data_page_offset
    content[place + 40 : place + 200] = bytes(160)
    paths[6].write_bytes(content)
    with pytest.raises(ReenactError, match=r"06\.parquet is damaged"):
        read_landmarks(paths)


def test_truth_is_appended_as_further_subjects(shards, tmp_path):
    truth = write_truth(tmp_path / "landmarks.parquet", ["aaa-made", "zzz-made"])
    table = read_landmarks(shards, truth)
    assert table.subjects == ["amy", "bob", "zoe", "aaa-made", "zzz-made"]
    assert [table.clips[index] for index in table.clip[-6:]] == [(name, "", take) for name in ("aaa-made", "zzz-made") for take in "001"]
    assert table.performance.tolist() == [-1, -1, -1, 4, 4]
    assert table.landmarks[-6:, 0, 0].tolist() == [0, 1, 2, 0, 1, 2]
    np.testing.assert_array_equal(table.landmarks[:-6], read_landmarks(shards).landmarks)


def test_truth_without_rows_adds_nothing(shards, tmp_path):
    assert len(read_landmarks(shards, write_truth(tmp_path / "landmarks.parquet", []))) == 13


def test_truth_about_a_subject_of_the_shards_is_refused(shards, tmp_path):
    with pytest.raises(ReenactError, match="bob"):
        read_landmarks(shards, write_truth(tmp_path / "landmarks.parquet", ["bob"]))


def test_pictures_are_not_read(shards, monkeypatch):
    asked = []
    plain = pq.ParquetFile.iter_batches

    def noted(self, *args, **options):
        asked.append(options["columns"])
        return plain(self, *args, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", noted)
    read_landmarks(shards)
    assert asked == [["frame", "landmarks"]] * 2


def test_a_shard_without_rows_is_fine(shards, tmp_path, write_shard):
    empty = write_shard(tmp_path / "train-00002.parquet", [])
    assert len(read_landmarks([*shards, empty])) == 13
    assert len(read_landmarks([empty])) == 0


def test_missing_and_damaged_shards_are_named(shards, tmp_path):
    with pytest.raises(ReenactError, match=r"gone\.parquet is missing"):
        row_groups([tmp_path / "gone.parquet"])
    shards[0].write_bytes(shards[0].read_bytes()[:-100])
    with pytest.raises(ReenactError, match=r"train-00000\.parquet is damaged"):
        row_groups(shards)


def test_a_flipped_bit_is_noticed(shards, tmp_path):
    table = pq.read_table(shards[1]).slice(0, 4)
    path = tmp_path / "checked.parquet"
    pq.write_table(table, path, compression="none", use_dictionary=False, write_page_checksum=True)
    groups = row_groups([path])
    content = bytearray(path.read_bytes())
    content[content.index(table["image"][2].as_py()) + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ReenactError, match=r"checked\.parquet is damaged"):
        groups.read(0, ["image"])


def test_a_row_group_of_two_clips_is_refused(shards, tmp_path):
    mixed = tmp_path / "mixed.parquet"
    pq.write_table(pq.read_table(shards[0]), mixed)
    with pytest.raises(ReenactError, match=r"mixed\.parquet is not a shard"):
        row_groups([mixed])


def test_a_missing_truth_is_named(shards, tmp_path):
    with pytest.raises(ReenactError, match=r"gone\.parquet is missing; build the corpus again"):
        read_landmarks(shards, tmp_path / "gone.parquet")


def test_frames_of_each_row_group_are_in_the_groups_order(shards, tmp_path, write_shard):
    empty = write_shard(tmp_path / "train-00000a.parquet", [])
    groups = row_groups([*shards, empty])
    assert [indices.tolist() for indices in groups.frames()] == [[0, 2], [4, 6], [8], [0, 2], [4], [0, 2], [4, 6], [0]]
    assert groups.group.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert groups.read(3, ["subject", "frame"]).to_pylist() == [{"subject": "zoe", "frame": 0}, {"subject": "zoe", "frame": 2}]


def test_more_rows_than_are_read_at_once_keep_their_places(tmp_path):
    count = 2 * BATCH_ROWS + 100
    numbers = np.arange(count)
    landmarks = landmark_column(numbers[:, None, None] + np.arange(136).reshape(68, 2))
    columns = {name: pa.array(np.where(numbers < 5000, "a", "b")) for name in ("subject", "video", "clip")}
    pq.write_table(
        pa.table(columns | {"frame": pa.array(numbers[::-1], pa.int32()), "landmarks": landmarks}), tmp_path / "long.parquet", 5000
    )
    table = read_landmarks([tmp_path / "long.parquet"])
    assert (table.landmarks[:, 0, 0] == numbers).all() and (table.frame == numbers[::-1]).all()
    assert table.clips == [("a", "a", "a"), ("b", "b", "b")] and (table.clip == (numbers >= 5000)).all()


def test_subjects_of_the_truth_are_sorted_and_keep_their_frames(shards, tmp_path):
    table = read_landmarks(shards, write_truth(tmp_path / "landmarks.parquet", ["zzz-made", "aaa-made"]))
    assert table.subjects == ["amy", "bob", "zoe", "aaa-made", "zzz-made"]
    assert [table.subjects[index] for index in table.subject[-6:]] == ["zzz-made"] * 3 + ["aaa-made"] * 3
    assert table.frame[-6:].tolist() == [0, 1, 2, 0, 1, 2] and table.frame.dtype == np.int32


@pytest.mark.parametrize("value", [np.nan, np.inf, 7.0])
def test_landmarks_of_no_face_are_named_by_file_and_row(shards, tmp_path, value):
    """A point that is no number, or all at one."""

    def spoil(path, row):
        rows = pq.read_table(path)
        landmarks = landmarks_of(rows["landmarks"]).copy()
        landmarks[row, ... if np.isfinite(value) else 9] = value
        pq.write_table(rows.set_column(rows.schema.get_field_index("landmarks"), "landmarks", landmark_column(landmarks)), path, 2)

    truth = write_truth(tmp_path / "landmarks.parquet", ["made"])
    for path, row, remedy in ((truth, 2, "build the corpus again"), (shards[1], 3, "delete it and build the shards again")):
        spoil(path, row)
        with pytest.raises(ReenactError, match=rf"{path.name}, row {row}: the landmarks are not finite, or all at one point; {remedy}"):
            read_landmarks(shards, truth)


@pytest.mark.parametrize("name", ["subject", "video", "clip"])
def test_a_shard_that_does_not_name_its_clip_is_refused(shards, tmp_path, name):
    whole = pq.read_table(shards[1]).slice(0, 2)
    place = whole.schema.get_field_index(name)
    lacking, unnamed = tmp_path / "lacking.parquet", tmp_path / "unnamed.parquet"
    pq.write_table(whole.remove_column(place), lacking)
    pq.write_table(whole.set_column(place, name, pa.array([whole[name][0].as_py(), None])), unnamed)
    with pytest.raises(ReenactError, match=r"lacking\.parquet is damaged.*delete it and build the shards again"):
        row_groups([lacking])
    with pytest.raises(ReenactError, match=rf"unnamed\.parquet is not a shard: its row groups do not name one {name} each"):
        row_groups([unnamed])


def test_a_column_that_is_not_there_is_an_error(shards, tmp_path):
    pq.write_table(pq.read_table(shards[1]).slice(0, 2).drop_columns("image"), tmp_path / "lacking.parquet")
    with pytest.raises(ReenactError, match=r"lacking\.parquet is damaged"):
        row_groups([tmp_path / "lacking.parquet"]).read(0, ["image", "landmarks"])


def test_a_row_group_without_rows_is_damage(shards, tmp_path):
    table = pq.read_table(shards[1]).slice(0, 2)
    for place in (0, 1):
        with pq.ParquetWriter(tmp_path / "hollow.parquet", table.schema) as writer:
            for part in (table.slice(0, 0), table) if place == 0 else (table, table.slice(0, 0)):
                writer.write_table(part)
        assert pq.read_metadata(tmp_path / "hollow.parquet").num_row_groups == 2
        with pytest.raises(ReenactError, match=r"hollow\.parquet is damaged \(it does not have the rows"):
            row_groups([tmp_path / "hollow.parquet"])
