from __future__ import annotations

import gc
import threading
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from reenact.errors import ReenactError
from reenact.faces.landmark_image import draw
from reenact.shards.pairs import BATCHES_AHEAD, PairStream
from reenact.shards.reader import RowGroups, read_landmarks
from reenact.shards.row_group_cache import WindowFrames

SIDE = 64


@pytest.fixture
def shards(tmp_path, write_shard):
    return [
        write_shard(tmp_path / "train-00000.parquet", [("bob", "v", "00001", 9), ("zoe", "v", "00001", 6)], group_rows=5),
        write_shard(tmp_path / "train-00001.parquet", [("amy", "v", "00001", 4), ("lone", "w", "00002", 1)], group_rows=5),
    ]


def stream_of(shards, **options):
    return PairStream(shards, **{"seed": 1, "image_size": SIDE, "batch_size": 4, "shuffle_groups": 2, "pairs_per_group": 6} | options)


def take(stream, count, start=0):
    return list(islice(stream.batches(start), count))


def same(one, other):
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def test_shapes_and_ranges(shards):
    step, batch = next(iter(stream_of(shards, image_size=32)))
    assert step == 0
    assert batch.target.shape == batch.driver.shape == (4, 3, 32, 32) and batch.target.dtype == torch.float32
    assert batch.target_landmarks.shape == batch.driver_landmarks.shape == (4, 68, 2)
    assert batch.target_landmarks.dtype == torch.float32
    assert batch.subject.shape == (4,) and batch.subject.dtype == torch.int64
    assert -1.0 <= batch.target.min() < -0.95 and 0.9 < batch.target.max() <= 1.0


def test_a_pair_is_two_different_frames_of_one_clip_under_its_subject(shards):
    stream = stream_of(shards)
    table = read_landmarks(shards)
    row_of = {landmarks.tobytes(): row for row, landmarks in enumerate(table.landmarks)}
    seen = set()
    for _, batch in take(stream, 40):
        for target, driver, subject in zip(batch.target_landmarks, batch.driver_landmarks, batch.subject, strict=True):
            rows = row_of[target.numpy().tobytes()], row_of[driver.numpy().tobytes()]
            assert rows[0] != rows[1] and table.clip[rows[0]] == table.clip[rows[1]]
            assert table.subjects[table.subject[rows[0]]] == stream.subjects[subject]
            seen.update(rows)
    in_pairs = [row for row in range(len(table)) if table.subjects[table.subject[row]] != "lone"]
    # The last of six frames is alone in its row group, and so never in a pair.
    alone = [row for row in in_pairs if table.subjects[table.subject[row]] == "zoe" and table.frame[row] == 10]
    assert seen == set(in_pairs) - set(alone)


@pytest.mark.parametrize("size", [64, 48, 32, 16])
def test_pictures_and_landmarks_belong_together(shards, size):
    for _, batch in take(stream_of(shards, image_size=size), 5):
        for images, landmarks in ((batch.target, batch.target_landmarks), (batch.driver, batch.driver_landmarks)):
            brightest = images.sum(1).flatten(1).argmax(1)
            found = torch.stack([brightest % size, brightest // size], 1)
            # The brightest pixel lies within a pixel of the dot, which was drawn at the first landmark.
            assert (found - landmarks[:, 0]).abs().max() <= 1.0


@pytest.mark.parametrize("start", [1, 3, 7, 13])
def test_resuming_goes_on_as_if_never_stopped(shards, start):
    whole, resumed = take(stream_of(shards), 20), take(stream_of(reversed(shards)), 20 - start, start)
    assert [step for step, _ in resumed] == list(range(start, 20))
    assert all(same(one, other) for (_, one), (_, other) in zip(whole[start:], resumed, strict=True))


def test_batches_differ_from_step_to_step_and_by_seed(shards):
    batches = [batch for _, batch in take(stream_of(shards), 12)]
    assert not any(same(batches[0], other) for other in batches[1:])
    assert not same(batches[0], take(stream_of(shards, seed=2), 1)[0][1])


def test_processes_get_pairs_of_different_clips_in_an_epoch(shards):
    streams = [stream_of(shards, rank=rank, world=2) for rank in range(2)]
    assert streams[0].pairs_per_epoch == streams[1].pairs_per_epoch == 12
    epochs = [{pair.numpy().tobytes() for _, b in take(s, 3) for pair in b.target_landmarks} for s in streams]
    assert not epochs[0] & epochs[1]


def test_subjects_can_be_restricted_and_keep_sorted_positions(shards):
    assert stream_of(shards).subjects == ["amy", "bob", "zoe"]
    stream = stream_of(shards, subjects=["zoe", "amy"])
    assert stream.subjects == ["amy", "zoe"]
    assert {int(s) for _, b in take(stream, 12) for s in b.subject} == {0, 1}


@pytest.mark.parametrize("workers", [2, 5])
def test_batches_are_the_same_whatever_the_number_of_workers(shards, workers):
    alone, together = take(stream_of(shards), 30), take(stream_of(shards, workers=workers), 30)
    assert [step for step, _ in together] == list(range(30))
    assert all(same(one, other) for (_, one), (_, other) in zip(alone, together, strict=True))
    resumed = take(stream_of(shards, workers=workers), 23, start=7)
    assert all(same(one, other) for (_, one), (_, other) in zip(alone[7:], resumed, strict=True))


def test_landmark_images_are_those_of_the_landmarks(shards):
    _, batch = next(iter(stream_of(shards, image_size=32)))
    assert torch.equal(batch.target_drawn, draw(batch.target_landmarks, 32))
    assert torch.equal(batch.driver_drawn, draw(batch.driver_landmarks, 32))


def test_a_row_group_is_read_once_for_all_of_its_pairs(shards, monkeypatch):
    read = []
    plain = RowGroups.read
    monkeypatch.setattr(RowGroups, "read", lambda groups, index, columns: read.append(index) or plain(groups, index, columns))
    stream = stream_of(shards, shuffle_groups=4, pairs_per_group=7, batch_size=1, workers=2)
    batches = stream.batches()
    for _ in range(stream.pairs_per_epoch - 2 * BATCHES_AHEAD):
        next(batches)
    batches.close()
    assert sorted(read) == sorted(set(read)) and len(read) == stream.pairs_per_epoch // 7


def test_windows_that_are_through_are_let_go(shards):
    batches = stream_of(shards, batch_size=1, shuffle_groups=1, pairs_per_group=20).batches()
    for _ in range(100):
        next(batches)
    # 100 pairs are five windows; the batches ahead may have begun one more.
    assert sum(type(each) is WindowFrames for each in gc.get_objects()) <= 2
    batches.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_shard_that_goes_away_is_an_error_and_no_hang(shards, workers):
    batches = stream_of(shards, shuffle_groups=1, workers=workers).batches()
    next(batches)
    for shard in shards:
        shard.unlink()
    with pytest.raises(ReenactError, match=r"train-0000\d\.parquet is missing"):
        for _ in range(50):
            next(batches)
    assert not any(thread.name.startswith("pairs") for thread in threading.enumerate())


@pytest.mark.parametrize("workers", [1, 3])
def test_leaving_early_ends_the_workers(shards, workers):
    batches = stream_of(shards, workers=workers).batches()
    next(batches)
    assert any(thread.name.startswith("pairs") for thread in threading.enumerate())
    batches.close()
    assert not any(thread.name.startswith("pairs") for thread in threading.enumerate())


def test_a_damaged_picture_is_reported_to_the_trainer(shards):
    table = pq.read_table(shards[1], schema=None)
    table = table.set_column(table.schema.get_field_index("image"), "image", pa.array([b"junk"] * len(table), pa.binary()))
    with pq.ParquetWriter(shards[1], table.schema) as writer:
        writer.write_table(table.slice(0, 4))
    with pytest.raises(ReenactError, match=r"train-00001\.parquet, row group 0, row \d: the picture is not a JPEG"):
        take(stream_of(shards), 20)


def test_one_subject_is_too_few(tmp_path, write_shard):
    shard = write_shard(tmp_path / "one.parquet", [("bob", "v", "00001", 9), ("lone", "v", "00001", 1)])
    with pytest.raises(ReenactError, match="1 subjects of the 2"):
        stream_of([shard])


def test_clips_of_one_frame_are_counted_and_the_others_are_paired(tmp_path, write_shard, caplog):
    clips = [("bob", "v", "00001", 4), ("lone", "v", "00001", 1), ("zoe", "v", "00001", 2), ("zoe", "v", "00002", 1)]
    with caplog.at_level("INFO"):
        stream = stream_of([write_shard(tmp_path / "some.parquet", clips)])
    assert stream.subjects == ["bob", "zoe"]
    assert caplog.messages == ["2 of 8 frames are alone in their row group: they give no pair"]


def test_clips_of_one_frame_give_no_pairs(tmp_path, write_shard):
    shard = write_shard(tmp_path / "one.parquet", [("bob", "v", "00001", 1), ("zoe", "v", "00001", 1)])
    with pytest.raises(ReenactError, match="0 subjects of the 2"):
        stream_of([shard])
    with pytest.raises(ReenactError, match="0 subjects of the 0"):
        stream_of([write_shard(tmp_path / "none.parquet", [])])


def test_skipping_decodes_nothing(shards, monkeypatch):
    import reenact.shards.row_group_cache as module

    decoded = []
    plain = module.decode_frame
    monkeypatch.setattr(module, "decode_frame", lambda *a: decoded.append(1) or plain(*a))
    step, _ = next(stream_of(shards).batches(10_000))
    assert step == 10_000
    # One batch is asked for and a few are made ahead: eight frames each.
    assert len(decoded) <= 8 * (1 + BATCHES_AHEAD) + 8


def test_pictures_are_channels_last_in_memory_which_convolutions_are_fastest_with(shards):
    _, batch = next(iter(stream_of(shards)))
    for images in (batch.target, batch.driver, batch.target_drawn, batch.driver_drawn):
        assert images.is_contiguous(memory_format=torch.channels_last)


def test_two_frames_of_a_clip_are_enough(tmp_path, write_shard):
    shard = write_shard(tmp_path / "two.parquet", [("bob", "v", "00001", 2), ("zoe", "v", "00001", 2)])
    stream = stream_of([shard])
    assert stream.subjects == ["bob", "zoe"] and stream.pairs_per_epoch == 12
    with pytest.raises(ReenactError, match="0 subjects of the 2"):
        stream_of([shard], subjects=[])


def test_held_out_subjects_have_a_stream_of_their_own(tmp_path, write_shard):
    names = ["p" * (k + 1) for k in range(20)]
    shard = write_shard(tmp_path / "many.parquet", [(name, "v", "c", 2 + index % 5) for index, name in enumerate(names)])
    stream = stream_of([shard], held_out_subjects=2)
    assert stream.held_out is not None and len(stream.held_out.subjects) == 2
    assert sorted(stream.subjects + stream.held_out.subjects) == names
    table = read_landmarks([shard])
    row_of = {landmarks.tobytes(): row for row, landmarks in enumerate(table.landmarks)}
    for each in (stream, stream.held_out):
        seen = set()
        for _, batch in take(each, 60):
            for landmarks, subject in zip(batch.target_landmarks, batch.subject, strict=True):
                seen.add(each.subjects[subject])
                assert table.subjects[table.subject[row_of[landmarks.numpy().tobytes()]]] == each.subjects[subject]
        assert seen == set(each.subjects)
    assert stream_of([shard], held_out_subjects=2).held_out.subjects == stream.held_out.subjects
    assert stream_of([shard], held_out_subjects=3).held_out is None, "fewer than ten times as many"
