"""What is taken where nobody names a network: the project's, else the one that comes with the package."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from reenact.config.networks import DenseParams, LDNetParams
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.files import read_json
from reenact.generators.flow.head import mean_face
from reenact.metrics.ssim_face import face_mask
from reenact.reenactment.networks import default_spec, load_generator, load_reenactor, model_folder
from reenact.weights import released
from tests.support.inputs.strange import person

CPU = torch.device("cpu")
NAMES = ("ldnet", "dense")


@pytest.fixture
def preset() -> Params:
    """What `reenact preset release` writes."""
    return apply_preset(Path(__file__).parents[2], "release", [])


def test_in_a_folder_without_networks_the_released_ones_are_taken_and_named(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO):
        reenactor = load_reenactor(None, None, CPU)
    assert "--ldnet: the released ldnet" in caplog.text and "--generator: the released dense" in caplog.text
    assert reenactor.size == read_json(released("dense") / "model.json")["params"]["image_size"]
    landmarks = np.random.default_rng(0).uniform(60, 200, (2, 68, 2)).astype(np.float32)
    image = np.full((reenactor.size, reenactor.size, 3), 128, np.uint8)
    encoded = reenactor.generator.encode(image, landmarks[0])
    assert reenactor.generator.generate(encoded, landmarks).shape == (2, *image.shape)


def test_a_projects_own_networks_come_first(models, tmp_path, monkeypatch, caplog):
    shutil.copytree(models / "ldnet", tmp_path / "models" / "ldnet")
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO):
        assert default_spec("ldnet") == "models/ldnet" and default_spec("generator") == "released"
    assert "--ldnet: models/ldnet of this folder" in caplog.text and "as there is no models/dense here" in caplog.text


def test_a_folder_whose_generator_was_not_trained_has_none(tmp_path, monkeypatch):
    (tmp_path / "models" / "dense").mkdir(parents=True)
    (tmp_path / "models" / "dense" / "not_trained.json").write_text('{"disabled_by": "dense.enabled"}')
    monkeypatch.chdir(tmp_path)
    assert default_spec("generator") == "released"


def test_the_released_networks_can_be_named_inside_a_project(models, tmp_path, monkeypatch):
    shutil.copytree(models / "ldnet", tmp_path / "models" / "ldnet")
    monkeypatch.chdir(tmp_path)
    assert [model_folder("released", role) for role in ("ldnet", "generator")] == [released(name) for name in NAMES]


def test_the_released_weights_are_small_and_say_what_made_them():
    files = [released(name) / "model.safetensors" for name in NAMES]
    assert sum(path.stat().st_size for path in files) <= 8e6
    for name, path in zip(NAMES, files, strict=True):
        assert {tensor.dtype for tensor in safetensors.torch.load_file(path).values()} == {torch.float16}
        made = read_json(released(name) / "model.json")["released"]
        assert len(made["commit"]) == 40 and made["commands"].startswith("reenact preset release")


def test_the_released_networks_are_those_of_the_preset_release(preset):
    described = {name: read_json(released(name) / "model.json") for name in NAMES}
    assert DenseParams.model_validate(described["dense"]["params"]) == preset.dense
    assert LDNetParams.model_validate(described["ldnet"]["params"]) == preset.ldnet
    assert {each["seed"] for each in described.values()} == {preset.training_seed}


def test_the_model_card_says_what_the_released_networks_are(preset):
    """Its figures, by the files beside it; how many people there were, by the preset that the networks were trained with."""
    card = " ".join((released("dense").parent / "README.md").read_text(encoding="utf-8").split())
    dense, ldnet = (read_json(released(name) / "model.json") for name in ("dense", "ldnet"))
    (phase,) = set(ldnet["iterations"].values())
    size = sum((released(name) / "model.safetensors").stat().st_size for name in NAMES)
    people, batch = preset.corpus, dense["params"]["schedule"]["batch_size"]
    assert people.clips_per_subject == 1
    facts = [
        f"{size / 1e6:.1f} MB in half precision",
        f"pictures of {dense['params']['image_size']} pixels; the network itself works at {dense['params']['network_size']})",
        f"`dense` {dense['iterations']['dense']:,} iterations of {batch} pairs",
        f"LD-Net {phase:,} a phase",
        f"{people.train_subjects} subjects with one clip of {people.synthetic.frames_per_clip} frames each",
        f"{people.landmark_subjects:,} further people of whom LD-Net saw landmarks",
    ]
    assert [fact for fact in facts if fact not in card] == []


def test_released_weights_that_were_changed_are_refused(tmp_path):
    folder = tmp_path / "dense"
    shutil.copytree(released("dense"), folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(weights))
    with pytest.raises(ReenactError, match=r"is not the file that model\.json beside it describes"):
        load_generator(str(folder), CPU)


@pytest.mark.parametrize("shift", [0, 8])
def test_the_released_generator_shows_the_targets_face_where_it_is_wanted(shift):
    """A rendered person whose landmarks stay, or all move to the right: in the face the picture is the target's, moved as far."""
    picture, points = person(1), (mean_face()[:, :2] * 60 + 128).numpy()
    generator = load_generator("released", CPU)
    wanted = points + np.float32((shift, 0))
    (made,) = generator.generate(generator.encode(picture, points), wanted[None])
    face = face_mask(wanted, 256)
    off = np.abs(np.roll(picture, shift, 1)[face].astype(int) - made[face])
    assert off.mean() < 8
