"""How fast the networks are, beside what the paper says."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from reenact.errors import ReenactError
from reenact.evaluation.speed import FRAMES, Given, Speed, generator_speed
from reenact.evaluation.stored import open_stored
from reenact.report.performance import kept_speeds, performance_table
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


def test_the_table_shows_milliseconds_beside_the_papers():
    with every_generator():
        table = performance_table({"ldnet": Speed(0.5, 0.4, 0.25), "fdgan": Speed(100, 50, 40), "warp": Speed(1, 2, 3)}, CPU, 8, 64)
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
