from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from reenact.config.data import ShardsParams
from reenact.errors import ReenactError
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.files import read_json, write_json
from reenact.generators.base import crop_of
from reenact.reenactment.networks import PLUGINS, generator_of, load_reenactor, model_folder
from reenact.workspace import NOT_TRAINED


def test_a_folder_is_itself(models):
    assert model_folder(str(models / "fdgan"), "generator") == models / "fdgan"


def test_a_trained_generators_name_is_its_folder_in_the_project(models, tmp_path, monkeypatch):
    shutil.copytree(models / "fdgan", tmp_path / "models" / "fdgan")
    monkeypatch.chdir(tmp_path)
    assert model_folder("fdgan", "generator") == Path("models/fdgan")
    with pytest.raises(ReenactError, match="--ldnet fdgan: there is no such model folder"):
        model_folder("fdgan", "ldnet")
    (tmp_path / "fdgan").mkdir()
    assert model_folder("fdgan", "generator") == Path("fdgan"), "a folder of that name comes first"


def test_a_generator_that_is_not_enabled_is_refused_with_its_key_and_those_that_are_trained(models, tmp_path, monkeypatch):
    shutil.copytree(models, tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    note = Path("models/adain", NOT_TRAINED)
    write_json(note, {"generator": "adain", "disabled_by": "adain.enabled"})
    words = r"models/adain holds no network.*set adain\.enabled to true and run the workflow, or take another.* \(models has fdgan\)$"
    for spec in ("adain", "models/adain"):
        with pytest.raises(ReenactError, match=words):
            load_reenactor("models/ldnet", spec, torch.device("cpu"))
    note.write_text("{}")
    with pytest.raises(ReenactError, match=rf"{NOT_TRAINED} is damaged .*; name the folder of a trained generator"):
        load_reenactor("models/ldnet", "adain", torch.device("cpu"))


def test_a_folder_that_is_missing_is_an_error_that_names_the_generators_that_are_trained(models, tmp_path, monkeypatch):
    shutil.copytree(models, tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReenactError, match=r"--generator models/none: there is no such model folder.* \(models has fdgan\)$"):
        model_folder("models/none", "generator")
    with pytest.raises(ReenactError, match=r"comes with the package \(--ldnet released\)$"):
        model_folder("models/none", "ldnet")


@pytest.fixture
def plugin(tmp_path, monkeypatch) -> None:
    """An installed distribution whose plugin knows the model "known"."""
    (tmp_path / "made_up_plugin.py").write_text(
        "from pathlib import Path\ndef find(spec, role):\n    return Path('/where') / role if spec == 'known' else None\n"
    )
    info = tmp_path / "made_up-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{PLUGINS}]\nmade-up = made_up_plugin:find\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_what_is_no_folder_is_asked_of_the_plugins(plugin):
    assert model_folder("known", "ldnet") == Path("/where/ldnet")
    assert model_folder("known", "generator") == Path("/where/generator")
    with pytest.raises(ReenactError, match="--generator unknown: there is no such model folder"):
        model_folder("unknown", "generator")


def test_crops_are_as_in_training(models, tmp_path, caplog):
    settings = CropSettings.of(ShardsParams(crop_scale=2.5, detect_every=5))
    shutil.copytree(models / "fdgan", tmp_path / "fdgan")
    description = read_json(tmp_path / "fdgan" / "model.json")
    write_json(tmp_path / "fdgan" / "model.json", description | {KEY: settings.model_dump()})
    assert crop_of(tmp_path / "fdgan", "FDGAN") == settings
    assert caplog.text == ""
    write_json(tmp_path / "fdgan" / "model.json", description | {KEY: {"scale": "wide"}})
    with pytest.raises(ReenactError, match="crop is damaged"):
        crop_of(tmp_path / "fdgan", "FDGAN")
    del description[KEY]
    write_json(tmp_path / "fdgan" / "model.json", description)
    assert crop_of(tmp_path / "fdgan", "FDGAN") == CropSettings.of(ShardsParams())
    assert "does not say how its pictures were cropped" in caplog.text


def test_the_generators_crop_is_the_exports(models):
    settings = CropSettings.of_network(read_json(models / "fdgan" / "model.json"))
    reenactor = load_reenactor(str(models / "ldnet"), str(models / "fdgan"), torch.device("cpu"))
    assert reenactor.generator.crop == settings and reenactor.size == 64


def test_a_generator_is_told_by_its_network(models):
    assert generator_of(models / "fdgan").name == "fdgan"


def test_networks_in_each_others_place(models):
    with pytest.raises(ReenactError, match="describes the network 'FDGAN', not 'LDNet'"):
        load_reenactor(str(models / "fdgan"), str(models / "ldnet"), torch.device("cpu"))
    with pytest.raises(ReenactError, match=r"ldnet/model\.json: the network 'LDNet' is no generator; those that are: .*FDGAN"):
        load_reenactor(str(models / "ldnet"), str(models / "ldnet"), torch.device("cpu"))


def test_both_networks_are_judged_before_either_is_loaded(models, tmp_path):
    (tmp_path / "ldnet").mkdir()
    shutil.copy(models / "ldnet" / "model.json", tmp_path / "ldnet")  # without weights
    with pytest.raises(ReenactError, match="is no generator"):
        load_reenactor(str(tmp_path / "ldnet"), str(models / "ldnet"), torch.device("cpu"))
