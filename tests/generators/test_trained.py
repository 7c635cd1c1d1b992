"""Trained networks as generators: what they make of pictures, and files that are not theirs."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import load_trained

CPU = torch.device("cpu")
NAMES = ("dense", "fdgan", "single_row", "adain", "pix2pixhd")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("trained")


@pytest.fixture
def trained(params, train, kept, changed):
    """The folder of a generator that was trained for two iterations: `trained("fdgan")`. Tests do not write into it."""

    def make(name):
        folder = kept / name
        if not folder.exists():
            schedule = getattr(params, name).schedule.model_copy(update={"iterations": 2})
            train(name, changed(params, name, schedule=schedule), folder)
        return folder / "out"

    return make


def load(name, folder):
    return load_trained(GENERATORS[name], folder, CPU)


@pytest.mark.parametrize("name", NAMES)
def test_a_generator_gives_its_networks_pictures(trained, params, face, name):
    """One target, three frames: each is what the network makes of the picture in [-1, 1], the landmark images and the landmarks."""
    generator = load(name, trained(name))
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    before, after = face(), np.stack([face(shift, 3) for shift in (-4, 0, 6)])
    pictures = generator.generate(generator.encode(image, before), after)
    assert pictures.shape == (3, 64, 64, 3) and pictures.dtype == np.uint8
    signed = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    for landmarks, picture in zip(after, pictures, strict=True):
        wanted = WantedInput(draw(landmarks[None], 64), torch.from_numpy(landmarks)[None])
        with torch.no_grad():
            expected = generator.network(TargetInput(signed, draw(before[None], 64), torch.from_numpy(before)[None]), wanted)
        levels = np.clip((expected[0].permute(1, 2, 0).numpy() + 1) * 127.5, 0, 255)
        assert np.abs(levels - picture).max() <= 0.51
    assert len({picture.tobytes() for picture in pictures}) == 3
    assert (generator.size, generator.crop) == (64, CropSettings.of(params.shards))
    assert not generator.network.training


@pytest.mark.parametrize("name", NAMES)
def test_the_checkpoint_of_another_network_is_named(trained, name):
    other = "pix2pixhd" if name == "fdgan" else "fdgan"
    with pytest.raises(ReenactError, match=r"model.json describes the network '\w+', not '\w+'; name the folder of a trained"):
        load(name, trained(other))


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_of_another_size_are_named(trained, tmp_path, name):
    """Weights that do not fit the parameters beside them: here each network is said to be wider than it is."""
    folder = trained(name)
    description = json.loads((folder / "model.json").read_text())
    description["params"] |= {"width": 12} if name == "pix2pixhd" else {"widths": [12, 8, 16, 16]}
    (tmp_path / "model.json").write_text(json.dumps(description))
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(ReenactError, match=r"model.safetensors does not fit .*: \(.*\) instead of \("):
        load(name, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_size_that_the_levels_do_not_divide_is_named(trained, name):
    generator = load(name, trained(name))
    image, points = torch.zeros(1, 3, 62, 64), torch.zeros(1, 68, 2)
    with pytest.raises(ReenactError, match=r"H and W multiples of (4|16), not \(1, 3, 62, 64\); set the generator's image_size"):
        generator.network.encode(TargetInput(image, image, points))
    encoded = generator.network.encode(TargetInput(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64), points))
    with pytest.raises(ReenactError, match="multiples of"):
        generator.network.translate(WantedInput(image, points), encoded)


def test_a_dictionary_of_another_kind_is_named(trained, tmp_path):
    """AdaIN's one row has no tags; the full dictionary has."""
    folder = trained("adain")
    description = json.loads((folder / "model.json").read_text())
    description["params"]["dictionary"] = "full"
    (tmp_path / "model.json").write_text(json.dumps(description))
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(ReenactError, match=r"does not fit .*it lacks .*it has unknown"):
        load("adain", tmp_path)
