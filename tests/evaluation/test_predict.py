from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.items import read_items
from reenact.evaluation.predict import predict, to_images, to_tensor
from reenact.evaluation.predictions import DRIVER, LDNET, Predictions, decode, encode
from reenact.faces.landmark_image import draw
from reenact.fdgan.model import load_fdgan
from reenact.ldnet.landmarks import normalise
from reenact.ldnet.model import load_ldnet
from reenact.shards.frames import FrameStore
from reenact.workspace import FDGAN, PREDICTIONS, TESTSETS
from reenact.workspace import LDNET as LDNET_FOLDER
from tests.evaluation.made_workspace import PARAMS

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", ["selftest", "crosstest"])
def test_every_frame_has_a_row_for_each_landmark_source(workspace, kind):
    items, sha256 = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
    path = workspace.path(PREDICTIONS, f"{kind}.parquet")
    rows = pq.read_table(path, columns=["item", "target_subject", "driver_subject", "landmark_source", "frame"]).to_pylist()
    expected = [
        {"item": item.number, "target_subject": item.target.subject, "driver_subject": item.driver.subject}
        | {"landmark_source": source, "frame": frame}
        for item in items
        for source in (DRIVER, LDNET)
        for frame in item.frames
    ]
    assert rows == expected
    predictions = Predictions(path)
    assert predictions.about["testset"] == {"kind": kind, "sha256": sha256}
    assert len(predictions) == len(items)


def test_results_are_what_the_networks_paint_frame_by_frame(workspace):
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][1]
    ((number, painted),) = Predictions(workspace.path(PREDICTIONS, "crosstest.parquet")).pick([1])
    assert number == item.number
    store = FrameStore(workspace.shards(PARAMS, "test"))
    target, target_landmarks = store.get(*item.target, [item.target_frame], 64)
    _, wanted = store.get(*item.driver, item.frames, 64)
    np.testing.assert_array_equal(painted[DRIVER].landmarks, wanted)

    ldnet, fdgan = load_ldnet(workspace.path(LDNET_FOLDER), CPU), load_fdgan(workspace.path(FDGAN), CPU)
    with torch.inference_mode():
        pose = ldnet.encode_pose(torch.from_numpy(normalise(wanted)[0]))
        identity = ldnet.encode_identity(torch.from_numpy(normalise(target_landmarks)[0])).expand(len(pose), -1)
        generated = ldnet.generate(pose, identity).numpy().reshape(-1, 68, 2)
        for source, results in painted.items():
            for landmarks, image in zip(results.landmarks, results.images, strict=True):
                expected = to_images(fdgan(to_tensor(target, CPU), draw(target_landmarks, 64), draw(landmarks[None], 64)))[0]
                assert np.abs(decode(encode(expected)).astype(int) - image).mean() < 1, source
    # LD-Net's shapes, wherever they are placed: scaled to their own extent, they are equal.
    extent = generated.max(axis=(1, 2), keepdims=True) - generated.min(axis=(1, 2), keepdims=True)
    found = painted[LDNET].landmarks
    found_extent = extent * (found[:, :1, :1] - found[:, 8:9, :1]) / (generated[:, :1, :1] - generated[:, 8:9, :1])
    np.testing.assert_allclose((found - found[:, :1]) / found_extent, (generated - generated[:, :1]) / extent, atol=1e-3)


def test_the_same_inputs_give_the_same_bytes_whatever_the_batches(workspace, tmp_path):
    for name, batch_size in (("same", 3), ("other", 2)):
        params = PARAMS.model_copy(update={"evaluate": PARAMS.evaluate.model_copy(update={"batch_size": batch_size})})
        predict(
            params, shards=workspace.shards(params, "test"), testsets=workspace.path(TESTSETS), ldnet_dir=workspace.path(LDNET_FOLDER),
            fdgan_dir=workspace.path(FDGAN), out_dir=tmp_path / name, device=CPU,
        )  # fmt: skip
    kept = workspace.path(PREDICTIONS, "selftest.parquet")
    assert (tmp_path / "same" / "selftest.parquet").read_bytes() == kept.read_bytes()
    pairs = zip(Predictions(kept), Predictions(tmp_path / "other" / "selftest.parquet"), strict=True)
    for (_, first), (_, second) in pairs:
        assert np.abs(first[LDNET].images.astype(int) - second[LDNET].images).mean() < 1


def test_images_and_tensors_are_each_others_inverse():
    images = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    tensor = to_tensor(images, CPU)
    assert tensor.shape == (1, 3, 16, 16) and tensor.min() == -1 and tensor.max() == 1
    np.testing.assert_array_equal(to_images(tensor), images)


def test_missing_and_other_files_are_named(tmp_path):
    with pytest.raises(ReenactError, match=r"selftest\.parquet is missing"):
        Predictions(tmp_path / "selftest.parquet")
