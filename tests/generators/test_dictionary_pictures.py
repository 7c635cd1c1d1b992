"""Where a dictionary's rows are written from and read: that the pictures show the weights which the networks compute with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import dictionary
from benchmarks.pictures import Clip
from reenact.config.data import ShardsParams
from reenact.faces.crop_settings import CropSettings
from reenact.generators.fdgan.dictionary import Reader, Writer, places
from reenact.generators.registry import GENERATORS
from reenact.generators.trained import TrainedGenerator
from reenact.report.sheets import CELL, GAP, HEAD, LABEL

ROOT = Path(__file__).parents[2]


@pytest.fixture
def people(face) -> list[Clip]:
    """Two people of noise, each seen in one pose and wanted in another."""
    random = np.random.default_rng(1)
    poses = [np.stack([face(shift), face(-shift, 4)]) for shift in (2, 5)]
    return [Clip(f"p{i}", random.integers(0, 256, (2, 64, 64, 3), np.uint8), pose) for i, pose in enumerate(poses)]


def network_of(name: str, params) -> TrainedGenerator:
    torch.manual_seed(0)
    network = GENERATORS[name].network_class()(getattr(params, name))
    return TrainedGenerator(network.eval(), 64, CropSettings.of(ShardsParams()), torch.float32)


@pytest.mark.parametrize(("name", "rows"), [("fdgan", [16, 12, 8, 6]), ("dense", [8, 6])])
@torch.inference_mode()
def test_weights_times_values_are_what_the_network_writes_and_reads(params, people, name, rows):
    """For every level and person, with what writer and reader were given and gave."""
    generator = network_of(name, params)
    pairs = dictionary.dictionary(name, generator)
    calls = {layer: [] for pair in pairs for layer in pair}
    for layer, kept in calls.items():
        layer.register_forward_hook(lambda _, given, out, kept=kept: kept.append((*given, out)))
    made, levels = dictionary.watched(generator, pairs, people)
    assert [len(level.writer.tags) for level in levels] == rows
    for level in levels:
        write, read, read_maps = dictionary.maps_of(level)
        for weights, axis in ((write, 2), (read, 2), (read_maps, 2)):
            torch.testing.assert_close(weights.sum(axis), torch.ones(weights.shape[:2]))
        assert write.shape == read_maps.shape == read.transpose(1, 2).shape
        for i, ((target, written), (wanted, given, got)) in enumerate(zip(calls[level.writer], calls[level.reader], strict=True)):
            torch.testing.assert_close(write[i] @ level.writer.value(places(target))[0], written[0], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(read[i] @ given[0], places(got - wanted)[0], rtol=1e-4, atol=1e-4)
    for picture, person in zip(made, people, strict=True):
        encoded = generator.encode(person.images[0], person.landmarks[0])
        np.testing.assert_array_equal(picture, generator.generate(encoded, person.landmarks[1:])[0])


def level_with(written: torch.Tensor, read: torch.Tensor) -> dictionary.Level:
    """A level whose rows are written and read by exactly such weights, (P, n, N) and (P, N, n): their logarithms are the keys."""
    rows = written.shape[1]
    writer, reader = Writer(4, rows, rows), Reader(4, rows, rows)
    writer.tags.data, reader.tags.data = torch.eye(rows), torch.eye(rows)
    return dictionary.Level(writer, reader, written.clamp(1e-12).log().transpose(1, 2), read.clamp(1e-12).log())


@torch.inference_mode()
def test_figures_by_hand(people):
    """Rows 0 and 1 are written from the place between the lips, row 2 evenly; each place reads row 2, but one reads 1 and 2 evenly."""
    size, side = 64, 8
    lips = (44 * side // size) * side + 32 * side // size
    written = torch.full((2, 3, side**2), 1 / side**2)
    written[:, :2] = torch.eye(side**2)[lips]
    read = torch.tensor([0.0, 0, 1]).repeat(2, side**2, 1)
    read[:, 5] = torch.tensor([0.0, 0.5, 0.5])
    still = [Clip(person.subject, person.images, person.landmarks[[0, 0]]) for person in people]
    found = dictionary.level_figures(level_with(written, read), still, most=1)
    assert (found["side"], found["rows"]) == (8, 3)
    assert found["rows_per_place"] == pytest.approx((63 + 2) / 64, abs=1e-3)
    p = 0.5 / 64
    assert found["rows_in_all"] == pytest.approx(np.exp(-p * np.log(p) - (1 - p) * np.log(1 - p)), abs=1e-3)
    assert found["read_over_chance"] == pytest.approx(2 / 3, abs=1e-3)
    assert (found["seldom"], found["most_read"]) == (pytest.approx(2 / 3, abs=1e-3), pytest.approx(1 - p, abs=1e-3))
    assert found["write"]["places"] == pytest.approx((1 + 1 + 64) / 3, abs=1e-3)
    # Two of three rows have the same map, whoever is shown; an even map correlates with nothing.
    assert found["write"]["alike"] == found["write"]["over_people"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["write"]["over_rows"] == pytest.approx(1 / 3, abs=1e-3)
    assert found["write"]["favours"] == {"eyes": 0, "mouth": 0.667, "face": 0.667, "outside": 0}


@pytest.mark.parametrize(("side", "cell"), [(64, 128), (256, 256)])
def test_a_map_is_brightest_where_its_weight_is_largest(side, cell):
    """Small pictures are enlarged, and large ones keep their size."""
    weights = torch.full((64,), 0.01)
    weights[2 * 8 + 6] = 0.5
    heat = dictionary.overlay(np.zeros((side, side, 3), np.uint8), weights).astype(int).sum(2)
    y, x = np.argwhere(heat == heat.max()).mean(0)
    assert heat.shape == (cell, cell) and (y, x) == (pytest.approx(2.5 * cell / 8, abs=1), pytest.approx(6.5 * cell / 8, abs=1))
    assert heat[-1, 0] < heat.max() / 4


@torch.inference_mode()
def test_the_sheet_has_the_most_read_rows_first(people):
    read = torch.tensor([0.1, 0.2, 0.7]).repeat(2, 64, 1)
    sheet = dictionary.sheet(level_with(torch.full((2, 3, 64), 1 / 64), read), people, [person.images[1] for person in people], 2)
    assert sheet.columns == ["target", "wanted", "generated", "row 2 written", "row 2 read", "row 1 written", "row 1 read"]
    assert [row.label for row in sheet.rows] == ["p0", "p1"] and {len(row.pictures) for row in sheet.rows} == {7}


@pytest.mark.parametrize(("name", "levels"), [("fdgan", 4), ("dense", 2)])
def test_the_command_prints_a_line_and_draws_a_sheet(params, train, changed, shard, tmp_path, name, levels):
    few = getattr(params, name).schedule.model_copy(update={"iterations": 2})
    folder = train(name, changed(params, name, schedule=few), tmp_path / name)
    command = ["benchmarks.dictionary", folder, "--shards", shard.name, "--level", "1", "--rows", "3", "--sheet", "rows.png"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", *command], cwd=shard.parent, env=environment, capture_output=True, check=True)
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert found["people"] == 3 and [level["side"] for level in found["levels"]] == [32, 16, 8, 4][-levels:]
    for level in found["levels"]:
        assert 1 <= level["rows_per_place"] <= level["rows_in_all"] + 1e-3 <= level["rows"] + 2e-3
    assert Image.open(shard.parent / "rows.png").size == (LABEL + (3 + 2 * 3) * (CELL + GAP), HEAD + 3 * (CELL + GAP))


@pytest.fixture
def error_of(monkeypatch, shard):
    """What the command ends with, given some arguments, beside the shard."""

    def run(*arguments: str) -> str:
        monkeypatch.chdir(shard.parent)
        monkeypatch.setattr(sys, "argv", ["dictionary", *arguments])
        with pytest.raises(SystemExit) as ended:
            dictionary.main()
        return ended.value.code

    return run


@pytest.mark.parametrize("name", ["single_row", "pix2pixhd", "warp"])
def test_a_generator_without_such_a_dictionary_is_refused(params, train, changed, tmp_path, error_of, name):
    if name != "warp":
        few = getattr(params, name).schedule.model_copy(update={"iterations": 2})
        name = str(train(name, changed(params, name, schedule=few), tmp_path / name))
    said = f"Error: {name} has no dictionary whose rows are chosen by weights; name the folder of a trained FD-GAN or dense"
    assert error_of(name) == said


def test_a_level_or_shards_that_are_not_there(params, train, changed, tmp_path, error_of, shard):
    few = params.dense.schedule.model_copy(update={"iterations": 2})
    folder = str(train("dense", changed(params, "dense", schedule=few), tmp_path / "dense"))
    assert error_of(folder, "--shards", shard.name, "--level", "2").endswith("has levels 0 to 1")
    assert "nowhere/*.parquet: no such files" in error_of(folder, "--shards", "nowhere/*.parquet")
