"""The paper's performance section as a table: how long LD-Net and each generator take for a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import torch

from reenact.config.schema import Params
from reenact.evaluation.speed import FRAMES, Given, Speed, speeds
from reenact.evaluation.stored import Stored
from reenact.files import read_json, sha256_json, write_json
from reenact.generators.registry import GENERATORS, titles
from reenact.report.machine import device_in_words
from reenact.report.table import MISSING, Cell, Table, figure
from reenact.shards.frames import FrameStore
from reenact.workspace import SPEEDS, Workspace

# Milliseconds a frame on a TITAN X, in the paper's section on performance.
PUBLISHED = {"ldnet": 20.0, "fdgan": 80.0}
SMALL = 1.0  # milliseconds below which a figure has three places instead of one


def kept_speeds(params: Params, workspace: Workspace, test: FrameStore, cross: Stored, device: torch.device, code: str) -> dict[str, Speed]:
    """The speed of LD-Net, then of each enabled generator, by name, measured on CrossTest's first pair.

    It is measured once for these networks, this code (its hash) and this machine, and kept: the same files give the same page.
    ReenactError: a network is missing, or does not fit.
    """
    path, remedy = workspace.path(SPEEDS), "delete it, and the speed is measured again"
    machine = [device_in_words(device), torch.__version__, torch.get_num_threads()]
    key = sha256_json({"made": cross.predictions.about, "batch": params.evaluate.batch_size, "machine": machine, "code": code})
    kept = read_json(path, remedy) if path.is_file() else {}
    if key not in kept:
        given = Given.of(test, cross.items[0], cross.testset.size)
        kept = {key: {name: asdict(speed) for name, speed in speeds(params, workspace, given, device)}}
        write_json(path, kept)
    return {name: Speed(**values) for name, values in kept[key].items()}


def performance_table(measured: Mapping[str, Speed], device: torch.device, batch_size: int, size: int) -> Table:
    """Milliseconds a frame, each beside the paper's where it has one. size: of the pictures, pixels a side."""
    threads = "one core" if torch.get_num_threads() == 1 else f"{torch.get_num_threads()} cores"
    place = device_in_words(device) if device.type == "cuda" else f"{threads} of {device_in_words(device)}"
    return Table(
        "performance",
        f"Performance. Milliseconds, for pictures of {size} pixels a side, on {place}.",
        [
            "Network",
            "a target, once",
            "a frame alone",
            f"a frame in batches of {batch_size}",
            f"a frame of {FRAMES}, target included",
            "paper",
        ],
        [_row(name, speed) for name, speed in measured.items()],
        [
            "A result takes both: LD-Net for its landmarks, a generator for its picture. To find the driver's face and to read and write "
            "videos takes time besides.",
            "What is read of the target (identity code, feature dictionary) is read once for all frames, as in the paper.",
            "The paper's figures are of 256 pixels on a TITAN X.",
        ],
    )


def _row(name: str, speed: Speed) -> list[Cell]:
    published = figure(PUBLISHED[name], 0) if name in PUBLISHED else Cell(MISSING)
    title = titles()["ldnet"] if name == "ldnet" else GENERATORS[name].title
    return [Cell(title), *(_milliseconds(value) for value in (speed.target, speed.alone, speed.together, speed.of_all)), published]


def _milliseconds(value: float) -> Cell:
    return figure(value, 3 if value < SMALL else 1)
