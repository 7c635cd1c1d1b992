from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.items import read_items
from reenact.evaluation.predict import Painter, predict, to_images, to_tensor
from reenact.evaluation.predictions import DRIVER, LDNET, Predictions, decode, encode
from reenact.faces.landmark_image import draw
from reenact.fdgan.model import load_fdgan
from reenact.files import sha256_file
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
    assert predictions.about == {
        "testset": {"kind": kind, "sha256": sha256},
        "ldnet": sha256_file(workspace.path(LDNET_FOLDER, "model.safetensors")),
        "fdgan": sha256_file(workspace.path(FDGAN, "model.safetensors")),
        "image_size": 64,
        "placement": "relative",
    }
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


@pytest.mark.parametrize("placement", ["relative", "absolute"])
def test_ldnets_landmarks_are_placed_as_is_asked(workspace, tmp_path, placement):
    """Relative: from the target's own box, by what the driver does since its reference, in units of their sizes."""
    ldnet, fdgan = load_ldnet(workspace.path(LDNET_FOLDER), CPU), load_fdgan(workspace.path(FDGAN), CPU)
    store = FrameStore(workspace.shards(PARAMS, "test"))
    config = PARAMS.evaluate.model_copy(update={"placement": placement})
    items, _ = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")
    item = replace(items[0], reference_frame=items[0].frames[-1])  # not the first of its frames
    painted = Painter(store, ldnet, fdgan, 64, config, CPU).reenact(item)

    def boxes(clip, frames):
        points = store.get(*clip, frames, 64)[1].astype(float)
        low, high = points.min(1), points.max(1)
        return (low + high) / 2, (high - low).max(1) / 2, (points - ((low + high) / 2)[:, None]) / ((high - low).max(1) / 2)[:, None, None]

    (target, target_half, target_points), (driver, half, points) = boxes(item.target, [item.target_frame]), boxes(item.driver, item.frames)
    centre = driver
    if placement == "relative":
        ratio = target_half / half[-1]
        centre, half = target + ratio * (driver - driver[-1]), half * ratio
    with torch.inference_mode():
        pose = ldnet.encode_pose(torch.from_numpy(points.reshape(-1, 136)).float())
        identity = ldnet.encode_identity(torch.from_numpy(target_points.reshape(-1, 136)).float()).expand(len(pose), -1)
        generated = ldnet.generate(pose, identity).numpy().reshape(-1, 68, 2)
    np.testing.assert_allclose(painted[LDNET].landmarks, generated * half[:, None, None] + centre[:, None], atol=1e-3)


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


def test_a_file_of_something_else_is_refused(tmp_path):
    table, path = pa.table({"item": [1]}), tmp_path / "selftest.parquet"
    for metadata in (None, {b"other": b"{}"}, {b"reenact": b'{"ldnet": "abc"}'}):
        pq.write_table(table.replace_schema_metadata(metadata), path)
        with pytest.raises(ReenactError, match=r"selftest\.parquet is no file of predictions; make the predictions again"):
            Predictions(path)
