from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from reenact import jpeg
from reenact.errors import ReenactError
from reenact.evaluation.predict import predict, reenact
from reenact.evaluation.predictions import Method, Predictions
from reenact.faces.landmark_image import draw
from reenact.faces.normalise import normalise
from reenact.files import sha256_file
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import load_trained
from reenact.ldnet.model import load_ldnet
from reenact.pixels import to_images, to_tensor
from reenact.reenactment.networks import load_reenactor
from reenact.reenactment.reenactor import Reenactor
from reenact.reenactment.transfer import TransferSettings
from reenact.shards.frames import FrameStore
from reenact.testsets.items import read_items
from reenact.workspace import LDNET as LDNET_FOLDER
from reenact.workspace import PREDICTIONS, TESTSETS
from tests.support.driver_identity import means_so_far
from tests.support.made_workspace import PARAMS, predict_places

CPU = torch.device("cpu")
FDGAN = GENERATORS["fdgan"].folder
DRIVER, LDNET = METHODS = Method("fdgan", "driver"), Method("fdgan", "ldnet")


@pytest.mark.parametrize("kind", ["selftest", "crosstest"])
def test_every_frame_has_a_row_for_each_landmark_source(workspace, kind):
    items, sha256 = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
    path = workspace.path(PREDICTIONS, f"{kind}.parquet")
    columns = ["item", "target_subject", "driver_subject", "method", "landmark_source", "frame"]
    rows = pq.read_table(path, columns=columns).to_pylist()
    expected = [
        {"item": item.number, "target_subject": item.target.subject, "driver_subject": item.driver.subject}
        | {"method": "fdgan", "landmark_source": source, "frame": frame}
        for item in items
        for source in ("driver", "ldnet")
        for frame in item.frames
    ]
    assert rows == expected
    predictions = Predictions(path)
    assert predictions.about == {
        "testset": {"kind": kind, "sha256": sha256},
        "ldnet": sha256_file(workspace.path(LDNET_FOLDER, "model.safetensors")),
        "generators": {"fdgan": sha256_file(workspace.path(FDGAN, "model.safetensors"))},
        "image_size": 64,
        "placement": "absolute",
        "residual": 0.5,
    }
    assert len(predictions) == len(items)


def test_results_are_what_the_networks_generate_frame_by_frame(workspace):
    item = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")[0][1]
    ((number, generated),) = Predictions(workspace.path(PREDICTIONS, "crosstest.parquet")).pick([1])
    assert number == item.number and tuple(generated) == METHODS
    store = FrameStore(workspace.shards(PARAMS, "test"))
    target, target_landmarks = store.get(*item.target, [item.target_frame], 64)
    _, wanted = store.get(*item.driver, item.frames, 64)
    np.testing.assert_array_equal(generated[DRIVER].landmarks, wanted)

    ldnet, fdgan = load_ldnet(workspace.path(LDNET_FOLDER), CPU), load_trained(GENERATORS["fdgan"], workspace.path(FDGAN), CPU)
    shown = TargetInput(to_tensor(target, CPU), draw(target_landmarks, 64), torch.from_numpy(target_landmarks))
    with torch.inference_mode():
        mine, theirs = (torch.from_numpy(normalise(landmarks)[0]) for landmarks in (target_landmarks, wanted))
        pose, identity = ldnet.encode_pose(theirs), ldnet.encode_identity(mine)
        my_rest = mine - ldnet.generate(ldnet.encode_pose(mine), identity)
        their_rest = theirs - ldnet.generate(pose, means_so_far(ldnet.encode_identity(theirs)))
        shapes = ldnet.generate(pose, identity.expand(len(pose), -1)) + PARAMS.evaluate.residual * (my_rest + their_rest)
        shapes = shapes.numpy().reshape(-1, 68, 2)
        for method, results in generated.items():
            for landmarks, image in zip(results.landmarks, results.images, strict=True):
                asked = WantedInput(draw(landmarks[None], 64), torch.from_numpy(landmarks[None]))
                expected = to_images(fdgan.network(shown, asked))[0]
                assert np.abs(jpeg.decode(jpeg.encode(expected, 95)).astype(int) - image).mean() < 1, method
    # LD-Net's shapes, wherever they are placed: scaled to their own extent, they are equal.
    extent = shapes.max(axis=(1, 2), keepdims=True) - shapes.min(axis=(1, 2), keepdims=True)
    found = generated[LDNET].landmarks
    found_extent = extent * (found[:, :1, :1] - found[:, 8:9, :1]) / (shapes[:, :1, :1] - shapes[:, 8:9, :1])
    np.testing.assert_allclose((found - found[:, :1]) / found_extent, (shapes - shapes[:, :1]) / extent, atol=1e-3)


@pytest.mark.parametrize("placement", ["relative", "absolute"])
def test_ldnets_landmarks_are_placed_as_is_asked(workspace, placement):
    """Relative: from the target's own box, by what the driver does since its reference, in units of their sizes."""
    ldnet, fdgan = load_ldnet(workspace.path(LDNET_FOLDER), CPU), load_trained(GENERATORS["fdgan"], workspace.path(FDGAN), CPU)
    store = FrameStore(workspace.shards(PARAMS, "test"))
    items, _ = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")
    item = replace(items[0], reference_frame=items[0].frames[-1])  # not the first of its frames
    reenactor = Reenactor(ldnet, fdgan, TransferSettings(placement, 0.0))
    found = reenact("fdgan", reenactor, store, item, 3)[LDNET].landmarks

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
        shapes = ldnet.generate(pose, identity).numpy().reshape(-1, 68, 2)
    np.testing.assert_allclose(found, shapes * half[:, None, None] + centre[:, None], atol=1e-3)


def test_placement_and_residual_of_the_parameters_are_taken(workspace, tmp_path):
    settings = TransferSettings("relative", 0.25)
    params = PARAMS.model_copy(update={"evaluate": PARAMS.evaluate.model_copy(update=asdict(settings))})
    predict(params, **predict_places(workspace) | {"out_dir": tmp_path}, device=CPU)
    predictions = Predictions(tmp_path / "crosstest.parquet")
    assert (predictions.about["placement"], predictions.about["residual"]) == ("relative", 0.25)
    reenactor = load_reenactor(str(workspace.path(LDNET_FOLDER)), str(workspace.path(FDGAN)), CPU, settings)
    items, _ = read_items(workspace.path(TESTSETS, "crosstest.json"), "crosstest")
    store = FrameStore(workspace.shards(PARAMS, "test"))
    for number, generated in predictions:
        expected = reenact("fdgan", reenactor, store, items[number], 3)
        np.testing.assert_array_equal(generated[LDNET].landmarks, expected[LDNET].landmarks)


def test_the_same_inputs_give_the_same_bytes_whatever_the_batches(workspace, tmp_path):
    for name, batch_size in (("same", 3), ("other", 2)):
        params = PARAMS.model_copy(update={"evaluate": PARAMS.evaluate.model_copy(update={"batch_size": batch_size})})
        predict(params, **predict_places(workspace) | {"out_dir": tmp_path / name}, device=CPU)
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
    for metadata in (None, {b"other": b"{}"}, {b"reenact": b'{"ldnet": "abc"}'}, {b"reenact": b"[]"}):
        pq.write_table(table.replace_schema_metadata(metadata), path)
        with pytest.raises(ReenactError, match=r"selftest\.parquet is no file of predictions; make the predictions again"):
            Predictions(path)


def test_predictions_that_do_not_say_which_generators_made_them_are_refused(workspace, tmp_path):
    table = pq.read_table(workspace.path(PREDICTIONS, "selftest.parquet"))
    about = json.loads(table.schema.metadata[b"reenact"])
    del about["generators"]
    pq.write_table(table.replace_schema_metadata({b"reenact": json.dumps(about).encode()}), tmp_path / "selftest.parquet")
    with pytest.raises(ReenactError, match=r"selftest\.parquet is no file of predictions; make the predictions again"):
        Predictions(tmp_path / "selftest.parquet")
