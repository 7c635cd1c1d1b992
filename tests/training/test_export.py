from __future__ import annotations

import json
import struct

import pytest
import torch
from torch import nn

from reenact.config.networks import LDNetParams
from reenact.errors import ReenactError
from reenact.training.curves import Curves
from reenact.training.device import channels_last
from reenact.training.export import export, load_weights, read_description, read_section


def network(width: int = 3) -> nn.Module:
    torch.manual_seed(width)
    return nn.Sequential(nn.Linear(4, width), nn.Linear(width, 2))


def write(folder, module: nn.Module) -> None:
    curves = Curves()
    curves.add(0, {"loss": torch.tensor(1.5)})
    curves.point(1)
    made_from = {"b": "2", "a": "1"}
    export(folder, module, network="Net", section={"width": 3}, seed=5, made_from=made_from, iterations={"all": 1}, curves=curves)


def test_what_is_loaded_is_what_was_exported(tmp_path):
    write(tmp_path, network())
    fresh = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    load_weights(tmp_path, fresh)
    for name, tensor in network().state_dict().items():
        assert torch.equal(fresh.state_dict()[name], tensor)
    description = read_description(tmp_path, "Net")
    assert description["params"] == {"width": 3} and description["seed"] == 5
    assert description["made_from"] == {"a": "1", "b": "2"} and description["iterations"] == {"all": 1}
    assert description["weights"]["parameters"] == 4 * 3 + 3 + 3 * 2 + 2
    assert (tmp_path / "curves.csv").read_text() == "iteration,loss\n1,1.5\n"


def test_whoever_uses_the_network_may_be_told_more(tmp_path):
    export(
        tmp_path, network(), network="Net", section={}, seed=5, made_from={}, iterations={}, curves=Curves(), extra={"crop": {"scale": 1.5}}
    )
    assert read_description(tmp_path, "Net")["crop"] == {"scale": 1.5}


def test_same_network_same_bytes_and_no_leftovers(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name, network())
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["curves.csv", "model.json", "model.safetensors"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_weights_are_plain_safetensors(tmp_path):
    write(tmp_path, network())
    data = (tmp_path / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    start, end = header["0.weight"]["data_offsets"]
    values = torch.frombuffer(bytearray(data[8 + length :][start:end]), dtype=torch.float32).reshape(3, 4)
    assert torch.equal(values, network()[0].weight)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(ReenactError, match=r"model.json is missing"):
        read_description(tmp_path, "Net")
    write(tmp_path, network())
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ReenactError, match=r"model.safetensors is missing"):
        load_weights(tmp_path, network())


def test_another_network_is_an_error(tmp_path):
    write(tmp_path, network())
    with pytest.raises(ReenactError, match=r"describes the network 'Net', not 'Other'"):
        read_description(tmp_path, "Other")


def test_broken_description_is_an_error(tmp_path):
    write(tmp_path, network())
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(ReenactError, match=r"model.json is damaged"):
        read_description(tmp_path, "Net")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("params", ["width"], "describes no network"),
        ("weights", {"sha256": 5}, "describes no network"),
        ("weights", None, "is damaged"),
        ("network", "", "describes no network"),
    ],
)
def test_description_that_lacks_what_is_relied_on_is_an_error(tmp_path, key, value, words):
    write(tmp_path, network())
    path = tmp_path / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ReenactError, match=f"model.json {words}"):
        read_description(tmp_path, "Net")


def test_misfit_names_the_tensors(tmp_path):
    write(tmp_path, network())
    with pytest.raises(ReenactError, match=r"has shapes 0.bias: \(3,\) instead of \(5,\)"):
        load_weights(tmp_path, network(5))
    with pytest.raises(ReenactError, match=r"lacks 2.bias, 2.weight"):
        load_weights(tmp_path, nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2), nn.Linear(2, 2)))
    with pytest.raises(ReenactError, match=r"has unknown 1.bias, 1.weight"):
        load_weights(tmp_path, nn.Sequential(nn.Linear(4, 3)))


@pytest.mark.parametrize("keep", [0, 20, -1])
def test_damaged_weights_are_an_error(tmp_path, keep):
    write(tmp_path, network())
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ReenactError, match=r"model.safetensors is damaged"):
        load_weights(tmp_path, network())


def test_weights_of_another_export_are_an_error(tmp_path):
    write(tmp_path / "one", network())
    other = network()
    other[0].bias.data += 1
    write(tmp_path / "two", other)
    (tmp_path / "one" / "model.safetensors").write_bytes((tmp_path / "two" / "model.safetensors").read_bytes())
    with pytest.raises(ReenactError, match=r"is not the file that model.json beside it describes"):
        load_weights(tmp_path / "one", network())


def test_weights_are_the_same_whatever_their_layout_in_memory(tmp_path):
    layer, other = nn.Conv2d(3, 5, 2), nn.Conv2d(3, 5, 2)
    before = layer.weight.detach().clone()
    export(tmp_path, channels_last(layer), network="Net", section={}, seed=5, made_from={}, iterations={}, curves=Curves())
    load_weights(tmp_path, other)
    assert torch.equal(other.weight, before)


def test_the_parameters_are_read_as_their_class_and_strange_ones_are_named(tmp_path):
    write(tmp_path, network())
    path = tmp_path / "model.json"
    description, section = json.loads(path.read_text()), LDNetParams(hidden_layers=3, hidden_units=17)
    path.write_text(json.dumps(description | {"params": section.model_dump(mode="json")}))
    assert read_section(tmp_path, "Net", LDNetParams) == section
    with pytest.raises(ReenactError, match="not 'Other'"):
        read_section(tmp_path, "Other", LDNetParams)
    path.write_text(json.dumps(description | {"params": {"phase1": {"iterations": "many"}, "width": 3}}))
    with pytest.raises(ReenactError, match=r"no Net has \(phase1.learning_rate, phase1.batch_size, phase1.iterations, width\)"):
        read_section(tmp_path, "Net", LDNetParams)
