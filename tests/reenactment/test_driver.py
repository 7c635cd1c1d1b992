from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow.parquet as pq
import pytest

from reenact.config.data import ShardsParams
from reenact.config.schema import Params
from reenact.corpus.clip_list import ManifestRow, list_bytes
from reenact.faces.crop_settings import CropSettings
from reenact.files import sha256_file
from reenact.reenactment.driver import follow, observe
from reenact.shards.extract import extract_shard
from reenact.video.picture import RgbPicture
from reenact.video.timed_read import TimedFrame, TimedReader

CROP = CropSettings.of(ShardsParams())


@pytest.mark.parametrize("keep_pictures", [True, False])
@pytest.mark.parametrize("rate", [10, 25, 60])
def test_no_more_is_held_than_the_crops_look_ahead(rate, keep_pictures):
    read = 0

    def endless_wall():
        nonlocal read
        for number in range(400):
            read += 1
            yield TimedFrame(RgbPicture(np.full((96, 96, 3), 90, np.uint8)), number, 1)

    held = 0
    for given, (timed, observation, box) in enumerate(observe(endless_wall(), Fraction(rate), CROP, keep_pictures=keep_pictures), start=1):
        held = max(held, read - given)
        assert timed.pts == observation.frame == given - 1
        assert box is None and (observation.picture is not None) == keep_pictures
    assert given == 400
    assert held <= 2.5 * 0.4 * rate + 10 * rate / 25 + 2  # look-ahead and a stretch between two detections


def test_every_frame_comes_with_its_own_time_and_crop(folder):
    with TimedReader(folder / "comes.mp4") as reader:
        base = reader.time_base
        seen = list(follow(reader, reader.rate, CROP, 64, 128))
    assert [float(frame.pts * base) for frame in seen] == pytest.approx(np.arange(18) / 25)
    assert [frame.landmarks is not None for frame in seen] == [False] * 6 + [True] * 6 + [False] * 6
    assert all(frame.shown.shape == (128, 128, 3) for frame in seen)
    for frame in seen[6:12]:
        assert frame.landmarks.min() > 0 and frame.landmarks.max() < 63 and frame.landmarks.dtype == np.float32
    assert np.abs(seen[11].shown.astype(int) - 90).mean() > 20 > np.abs(seen[12].shown.astype(int) - 90).mean()


def test_crops_are_those_of_the_shards(folder, tmp_path):
    clip = folder / "driver.mp4"
    row = ManifestRow(
        "s", "v", "c", "train", str(clip), clip.stat().st_size, sha256_file(clip), 0.96, 25.0, 320, 320, True, None, None, None, 0
    )  # fmt: skip
    (tmp_path / "train-00000.csv").write_bytes(list_bytes([row]))
    params = Params.model_validate({"shards": {"min_frames_per_clip": 1}})
    extract_shard(tmp_path / "train-00000.csv", tmp_path / "it.parquet", tmp_path / "it.json", params, tmp_path)
    expected = {frame["frame"]: frame["crop_box"] for frame in pq.read_table(tmp_path / "it.parquet").to_pylist()}
    with TimedReader(clip) as reader:
        seen = observe(reader, reader.rate, CropSettings.of(params.shards), keep_pictures=False)
        found = {observation.frame: (box.x0, box.y0, box.x1, box.y1) for _, observation, box in seen if box is not None}
    assert found.keys() == expected.keys() and len(found) == 24
    np.testing.assert_allclose(list(found.values()), [expected[frame] for frame in found], atol=0.5)
