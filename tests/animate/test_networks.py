from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from reenact.animate.networks import PLUGINS, crop_of, load_networks, model_folder
from reenact.errors import ReenactError
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.files import read_json, write_json
from reenact.params import Shards


def test_a_folder_is_itself(models):
    assert model_folder(str(models / "fdgan"), "fdgan") == models / "fdgan"


@pytest.fixture
def plugin(tmp_path, monkeypatch) -> None:
    """An installed distribution whose plugin knows the model "known"."""
    (tmp_path / "made_up_plugin.py").write_text(
        "from pathlib import Path\ndef find(spec, network):\n    return Path('/where') / network if spec == 'known' else None\n"
    )
    info = tmp_path / "made_up-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{PLUGINS}]\nmade-up = made_up_plugin:find\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_what_is_no_folder_is_asked_of_the_plugins(plugin):
    assert model_folder("known", "ldnet") == Path("/where/ldnet")
    with pytest.raises(ReenactError, match="--fdgan unknown: there is no such model folder"):
        model_folder("unknown", "fdgan")


def test_crops_are_as_in_training(models, tmp_path, caplog):
    settings = CropSettings.of(Shards(crop_scale=2.5, detect_every=5))
    shutil.copytree(models / "fdgan", tmp_path / "fdgan")
    description = read_json(tmp_path / "fdgan" / "model.json")
    write_json(tmp_path / "fdgan" / "model.json", description | {KEY: settings.model_dump()})
    assert crop_of(tmp_path / "fdgan") == settings
    assert caplog.text == ""
    write_json(tmp_path / "fdgan" / "model.json", description | {KEY: {"scale": "wide"}})
    with pytest.raises(ReenactError, match="crop is damaged"):
        crop_of(tmp_path / "fdgan")
    del description[KEY]
    write_json(tmp_path / "fdgan" / "model.json", description)
    assert crop_of(tmp_path / "fdgan") == CropSettings.of(Shards())
    assert "does not say how its pictures were cropped" in caplog.text


def test_networks_in_each_others_place(models):
    with pytest.raises(ReenactError, match="describes the network 'FDGAN', not 'LDNet'"):
        load_networks(str(models / "fdgan"), str(models / "ldnet"), torch.device("cpu"))
