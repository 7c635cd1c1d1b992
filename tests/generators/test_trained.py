"""Trained networks as generators: what they make of pictures, and files that are not theirs."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from torch.nn import Conv2d
from torch.nn.modules.module import register_module_forward_hook

from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.landmark_image import draw
from reenact.generators import registry
from reenact.generators.inputs import TargetInput, WantedInput
from reenact.generators.trained import load_trained
from tests.support.levels import wider, with_levels

CPU = torch.device("cpu")


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
    return load_trained(registry.GENERATORS[name], folder, CPU)


@pytest.mark.parametrize("name", registry.trained())
def test_a_generator_gives_its_networks_pictures(trained, params, face, name):
    """One target, three frames: exactly what the network makes of the picture in [-1, 1], the landmark images and the landmarks."""
    generator = load(name, trained(name))
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    before, after = face(), np.stack([face(shift, 3) for shift in (-4, 0, 6)])
    pictures = generator.generate(generator.encode(image, before), after)
    assert pictures.shape == (3, 64, 64, 3) and pictures.dtype == np.uint8
    signed = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    shown = TargetInput(signed, draw(before[None], 64), torch.from_numpy(before)[None])
    with torch.no_grad():
        encoded = generator.network.encode(shown)
        expected = generator.network.translate(WantedInput(draw(after, 64), torch.from_numpy(after)), encoded)
    levels = (expected.permute(0, 2, 3, 1).numpy() + 1) * np.float32(127.5)
    np.testing.assert_array_equal(pictures, np.clip(np.rint(levels), 0, 255))
    assert len({picture.tobytes() for picture in pictures}) == 3
    assert (generator.size, generator.crop) == (64, CropSettings.of(params.shards))
    assert not generator.network.training


def in_bfloat16(folder, copy):
    """A copy of the network whose training asked for bfloat16."""
    shutil.copytree(folder, copy)
    description = json.loads((copy / "model.json").read_text())
    description["params"]["precision"] = "bfloat16"
    (copy / "model.json").write_text(json.dumps(description))
    return copy


@pytest.mark.parametrize("name", registry.trained())
def test_bfloat16_gives_nearly_the_same_pictures(trained, tmp_path, face, name):
    """It is what the convolutions compute in, for target and pictures. A level of 255 on average is what nobody sees."""
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    before, after = face(), np.stack([face(shift, 3) for shift in (-4, 0, 6)])
    exact, short = load(name, trained(name)), load(name, in_bfloat16(trained(name), tmp_path / name))
    expected = exact.generate(exact.encode(image, before), after).astype(int)
    for work in (lambda: short.encode(image, before), lambda: short.generate(short.encode(image, before), after)):
        computed = set()
        watch = register_module_forward_hook(lambda layer, _, out, seen=computed: seen.add(out.dtype) if type(layer) is Conv2d else None)
        with watch:
            pictures = work()
        assert computed <= {torch.bfloat16}
    assert computed and pictures.dtype == np.uint8
    assert 0 < np.abs(pictures - expected).mean() < 1


def test_flows_and_landmarks_stay_float32_whatever_the_convolutions_compute_in(trained, tmp_path, face):
    generator = load("dense", in_bfloat16(trained("dense"), tmp_path / "dense"))
    flows = []
    with generator.network.motion.register_forward_hook(lambda layer, _, flow: flows.append(flow)):
        encoded = generator.encode(np.zeros((64, 64, 3), np.uint8), face())
        generator.generate(encoded, face()[None])
    assert [flow.dtype for flow in (*flows, encoded.landmarks, encoded.image)] == [torch.float32] * 3


@pytest.mark.parametrize("name", registry.trained())
def test_the_checkpoint_of_another_network_is_named(trained, name):
    other = "pix2pixhd" if name == "fdgan" else "fdgan"
    with pytest.raises(ReenactError, match=r"model.json describes the network '\w+', not '\w+'; name the folder of a trained"):
        load(name, trained(other))


@pytest.mark.parametrize("name", with_levels())
def test_the_weights_of_another_size_are_named(trained, tmp_path, name):
    """Weights that do not fit the parameters beside them: here each network is said to be wider than it is."""
    folder = trained(name)
    description = json.loads((folder / "model.json").read_text())
    description["params"] |= wider(name)
    (tmp_path / "model.json").write_text(json.dumps(description))
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(ReenactError, match=r"model.safetensors does not fit .*: \(.*\) instead of \("):
        load(name, tmp_path)


@pytest.mark.parametrize("name", with_levels())
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
