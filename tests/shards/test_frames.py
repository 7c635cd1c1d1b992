from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reenact.errors import ReenactError
from reenact.shards.frames import FrameStore
from reenact.shards.reader import read_landmarks


@pytest.fixture
def shards(tmp_path, write_shard):
    return [
        write_shard(tmp_path / "test-00000.parquet", [("zoe", "v", "00001", 3)]),
        write_shard(tmp_path / "test-00001.parquet", [("amy", "v", "00001", 7), ("amy", "v", "00002", 2)], group_rows=3),
    ]


def test_clips_lists_every_frame_of_every_clip(shards):
    assert FrameStore(shards).clips().to_pylist() == [
        {"subject": "amy", "video": "v", "clip": "00001", "n_frames": 7, "frames": [0, 2, 4, 6, 8, 10, 12]},
        {"subject": "amy", "video": "v", "clip": "00002", "n_frames": 2, "frames": [0, 2]},
        {"subject": "zoe", "video": "v", "clip": "00001", "n_frames": 3, "frames": [0, 2, 4]},
    ]


def test_frames_come_in_the_order_asked_for_across_row_groups(shards):
    images, landmarks = FrameStore(shards).get("amy", "v", "00001", [12, 0, 6, 0])
    assert images.shape == (4, 64, 64, 3) and images.dtype == np.uint8
    table = read_landmarks(shards)
    mine = np.array([table.clips[clip] == ("amy", "v", "00001") for clip in table.clip])
    by_frame = dict(zip(table.frame[mine].tolist(), table.landmarks[mine], strict=True))
    np.testing.assert_array_equal(landmarks, np.stack([by_frame[frame] for frame in (12, 0, 6, 0)]))
    for image, points in zip(images, landmarks, strict=True):
        row, column = np.unravel_index(image.astype(int).sum(2).argmax(), (64, 64))
        assert np.abs(points[0] - [column, row]).max() <= 1.0


def test_another_size_moves_the_landmarks_too(shards):
    store = FrameStore(shards)
    _, stored = store.get("zoe", "v", "00001", [2])
    images, landmarks = store.get("zoe", "v", "00001", [2], image_size=32)
    assert images.shape == (1, 32, 32, 3)
    # Pixel edges keep their part of the side, so (u + 1/2) halves.
    np.testing.assert_allclose(landmarks + 0.5, (stored + 0.5) / 2, atol=1e-5)


def test_what_is_not_there_is_named(shards):
    store = FrameStore(shards)
    with pytest.raises(ReenactError, match="no clip amy/v/00009"):
        store.get("amy", "v", "00009", [0])
    with pytest.raises(ReenactError, match="no frame 3 of clip zoe/v/00001"):
        store.get("zoe", "v", "00001", [5, 0, 3, 9])
    with pytest.raises(ValueError, match="no frame asked for"):
        store.get("zoe", "v", "00001", [])


def test_no_clips_give_an_empty_table(tmp_path, write_shard):
    assert FrameStore([write_shard(tmp_path / "none.parquet", [])]).clips().num_rows == 0


def test_the_columns_of_the_clips_have_their_types(shards):
    types = {field.name: str(field.type) for field in FrameStore(shards).clips().schema}
    names = dict.fromkeys(("subject", "video", "clip"), "string")
    assert types == names | {"n_frames": "int32", "frames": "list<item: int32>"}


def test_a_damaged_picture_is_named_with_its_frame(shards):
    table = pq.read_table(shards[0])
    images = [table["image"][0].as_py(), b"junk", table["image"][2].as_py()]
    pq.write_table(table.set_column(table.schema.get_field_index("image"), "image", pa.array(images, pa.binary())), shards[0])
    store = FrameStore(shards)
    assert len(store.get("zoe", "v", "00001", [0, 4])[0]) == 2
    with pytest.raises(ReenactError, match="frame 2 of clip zoe/v/00001: the picture is not a JPEG; delete its shard and build it again"):
        store.get("zoe", "v", "00001", [0, 2])
