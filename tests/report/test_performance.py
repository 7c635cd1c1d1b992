"""How fast the networks are, beside what the paper says."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.speed import FRAMES, Given, Speed, generator_speed
from reenact.evaluation.stored import open_stored
from reenact.files import read_json
from reenact.report.performance import kept_speeds, performance, performance_table, write_performance
from reenact.report.render import render
from reenact.shards.frames import FrameStore
from reenact.workspace import PREDICTIONS, SPEEDS, TESTSETS, Workspace
from tests.support.every_metric import every_generator
from tests.support.made_workspace import PARAMS
from tests.support.markdown import cells

CPU = torch.device("cpu")


@dataclass
class Slow:
    """A generator that takes 20 ms for a target, and for each batch 4 ms and 1 ms a frame."""

    size = 16
    encodings = 0

    def encode(self, image, landmarks):
        self.encodings += 1
        time.sleep(0.020)

    def generate(self, encoded, landmarks):
        time.sleep(0.004 + 0.001 * len(landmarks))
        return np.zeros((len(landmarks), 16, 16, 3), np.uint8)


def test_a_target_counts_once_and_a_batch_for_its_frames():
    points = np.zeros((68, 2), np.float32)
    slow = Slow()
    speed = generator_speed(slow, Given(np.zeros((16, 16, 3), np.uint8), points, points, np.zeros((FRAMES, 68, 2), np.float32)), 10)
    assert speed.target >= 20 and 5 <= speed.alone < 20, "a sleep may last longer, never shorter"
    assert 1.4 <= speed.together < 5, "ten at once"
    assert speed.of_all == pytest.approx(speed.together + speed.target / 100)


@dataclass
class Uneven:
    """A generator that takes 100 ms for the first batch of each size, and then 5 ms; each seventh time for a target it takes 50 ms."""

    size = 16
    encodings = 0

    def __post_init__(self):
        self.known = set()

    def encode(self, image, landmarks):
        self.encodings += 1
        time.sleep(0.050 if self.encodings % 7 == 0 else 0.002)

    def generate(self, encoded, landmarks):
        time.sleep(0.005 if len(landmarks) in self.known else 0.100)
        self.known.add(len(landmarks))
        return np.zeros((len(landmarks), 16, 16, 3), np.uint8)


@pytest.mark.parametrize("batch", [40, 100, 128])
def test_what_is_set_up_once_counts_nowhere_nor_does_a_slow_exception(batch):
    """Of 100 frames in batches of 40 the last is of 20, which is a size of its own."""
    points = np.zeros((68, 2), np.float32)
    given = Given(np.zeros((16, 16, 3), np.uint8), points, points, np.zeros((FRAMES, 68, 2), np.float32))
    speed = generator_speed(Uneven(), given, batch)
    assert speed.target < 20 and speed.alone < 20
    assert speed.together < 0.5, "three batches of 5 ms at most, not of 100"


MADE_WITH = {"image_size": 64, "ldnet": "aa" * 32, "generators": {"fdgan": "bb" * 32, "warp": None}}
SPEEDS_FOUND = {"ldnet": Speed(0.5, 0.4, 0.25), "fdgan": Speed(100, 50, 40), "warp": Speed(1, 2, 3)}


@pytest.fixture
def figures() -> dict:
    with every_generator():
        return performance(SPEEDS_FOUND, MADE_WITH, CPU, 8, "cc" * 32)


def test_every_speed_has_a_card_that_names_networks_machine_and_code(figures):
    found = figures["networks"]["fdgan"]
    assert {key: found[key]["value"] for key in ("target", "alone", "together", "of_all")} == {
        "target": 100, "alone": 50, "together": 40, "of_all": 41,
    }  # fmt: skip
    assert found["paper"] == 80 and figures["networks"]["warp"]["paper"] is None
    assert {entry["card"] for network in figures["networks"].values() for entry in network.values() if isinstance(entry, dict)} == {"speed"}
    card = figures["cards"]["speed"]
    assert card["weights"] == f"LD-Net: SHA-256 {'aa' * 32}; FD-GAN: SHA-256 {'bb' * 32}; Warp: none"
    assert f"torch {torch.__version__}; portrait-reenact " in card["version"] and "cc" * 32 in card["version"]
    assert "median" in card["reduction"] and "64 pixels" in card["images"] and " of " in card["backend"]


def test_the_table_is_written_as_json_and_as_other_tables_are(figures, tmp_path):
    with every_generator():
        write_performance(tmp_path, figures, performance_table(figures))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"performance.{ending}" for ending in ("csv", "html", "json", "md")]
    assert read_json(tmp_path / "performance.json") == figures
    row = next(csv.DictReader((tmp_path / "performance.csv").open(encoding="utf-8")))
    assert (row["Network"], row["a target, once"]) == ("LD-Net", "0.5") and "aaaaaaaaaaaa…" in row["a target, once, card"]
    assert "medians" in (tmp_path / "performance.md").read_text(encoding="utf-8")


def test_the_table_shows_milliseconds_beside_the_papers(figures):
    with every_generator():
        table = performance_table(figures)
    rows = cells(render("table.md", table=table))
    assert rows[0][1:] == ["a target, once", "a frame alone", "a frame in batches of 8", "a frame of 100, target included", "paper"]
    assert rows[1:] == [
        ["LD-Net", "0.500", "0.400", "0.250", "0.255", "20"],
        ["FD-GAN", "100.0", "50.0", "40.0", "41.0", "80"],
        ["Warp", "1.0", "2.0", "3.0", "3.0", "–"],
    ]
    assert "64 pixels" in table.caption


def test_a_speed_is_measured_once_for_networks_code_and_machine(workspace, tmp_path):
    store = FrameStore(workspace.shards(PARAMS, "test"))
    cross = open_stored(store, workspace.path(TESTSETS), workspace.path(PREDICTIONS))["crosstest"]
    mine = Workspace(tmp_path)
    (tmp_path / "models").symlink_to(workspace.path("models"))
    first = kept_speeds(PARAMS, mine, store, cross, CPU, "code")
    assert list(first) == ["ldnet", "fdgan"] and all(speed.alone > 0 for speed in first.values())
    assert kept_speeds(PARAMS, mine, store, cross, CPU, "code") == first
    other = kept_speeds(PARAMS, mine, store, cross, CPU, "other code")
    assert other != first
    mine.path(SPEEDS).write_text("{")
    with pytest.raises(ReenactError, match=r"speeds\.json.*delete it, and the speed is measured again"):
        kept_speeds(PARAMS, mine, store, cross, CPU, "code")
