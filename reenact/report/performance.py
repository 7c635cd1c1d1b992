"""The paper's performance section as a table: how long LD-Net and each generator take for a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from reenact.config.schema import Params
from reenact.evaluation.cards import Card, with_cards
from reenact.evaluation.own_code import version_with
from reenact.evaluation.speed import FRAMES, REPEATS, RUNS, Given, Speed, speeds
from reenact.evaluation.stored import Stored
from reenact.files import read_json, sha256_json, write_json
from reenact.generators.registry import GENERATORS, titles
from reenact.report.machine import device_in_words
from reenact.report.render import write_table
from reenact.report.table import MISSING, Cell, Table, figure
from reenact.shards.frames import FrameStore
from reenact.workspace import SPEEDS, Workspace

# Milliseconds a frame on a TITAN X, in the paper's section on performance.
PUBLISHED = {"ldnet": 20.0, "fdgan": 80.0}
SMALL = 1.0  # milliseconds below which a figure has three places instead of one
NAME = "performance"
CARD = "speed"
COMMAND = "reenact report, in the project's folder"


def kept_speeds(params: Params, workspace: Workspace, test: FrameStore, cross: Stored, device: torch.device, code: str) -> dict[str, Speed]:
    """The speed of LD-Net, then of each enabled generator, by name, measured on CrossTest's first pair.

    It is measured once for these networks, this code (its hash) and this machine, and kept: the same files give the same page.
    ReenactError: a network is missing, or does not fit.
    """
    path, remedy = workspace.path(SPEEDS), "delete it, and the speed is measured again"
    machine = [device_in_words(device), torch.__version__, torch.get_num_threads()]
    key = sha256_json(
        {"made": cross.predictions.about, "batch": params.evaluate.batch_size, "machine": machine, "code": code, "median": [REPEATS, RUNS]}
    )
    kept = read_json(path, remedy) if path.is_file() else {}
    if key not in kept:
        given = Given.of(test, cross.items[0], cross.testset.size)
        kept = {key: {name: asdict(speed) for name, speed in speeds(params, workspace, given, device)}}
        write_json(path, kept)
    return {name: Speed(**values) for name, values in kept[key].items()}


def performance(
    measured: Mapping[str, Speed], made_with: Mapping[str, Any], device: torch.device, batch_size: int, code: str
) -> dict[str, Any]:
    """The speeds as JSON, each with its card: {"networks": {name: {"target", "alone", "together", "of_all", "paper"}}, "about", "cards"}.

    made_with: of the predictions (`predictions.ABOUT`). code: the hash of the sources that decide the report, or "".
    """
    counts = {"target": REPEATS, "alone": REPEATS, "together": RUNS, "of_all": RUNS}
    networks = {
        name: {key: {"value": getattr(speed, key), "n": count, "card": CARD} for key, count in counts.items()}
        | {"paper": PUBLISHED.get(name)}
        for name, speed in measured.items()
    }
    about = {
        "unit": "milliseconds",
        "image_size": made_with["image_size"],
        "batch_size": batch_size,
        "frames": FRAMES,
        "place": _place(device),
    }
    return with_cards({"networks": networks, "about": about}, {CARD: _card(about, made_with, code)})


def performance_table(figures: Mapping[str, Any]) -> Table:
    """Milliseconds a frame, each beside the paper's where it has one. figures: `performance`."""
    about = figures["about"]
    return Table(
        NAME,
        f"Performance. Milliseconds, for pictures of {about['image_size']} pixels a side, on {about['place']}.",
        [
            "Network",
            "a target, once",
            "a frame alone",
            f"a frame in batches of {about['batch_size']}",
            f"a frame of {FRAMES}, target included",
            "paper",
        ],
        [_row(name, found) for name, found in figures["networks"].items()],
        [
            f"Figures are medians: of {REPEATS} times for a target and for a frame alone, of {RUNS} runs over all {FRAMES} frames for the "
            "others. What is set up once is done before.",
            "A result takes both: LD-Net for its landmarks, a generator for its picture. To find the driver's face and to read and write "
            "videos takes time besides.",
            "What is read of the target (identity code, feature dictionary) is read once for all frames, as in the paper.",
            "The paper's figures are of 256 pixels on a TITAN X.",
        ],
        cards=figures["cards"],
    )


def write_performance(folder: Path, figures: Mapping[str, Any], table: Table) -> None:
    """Write performance.json, and the table as other tables are. They differ from run to run, so they stand apart from these."""
    write_json(folder / f"{NAME}.json", figures)
    write_table(folder, table)


def _place(device: torch.device) -> str:
    threads = "one core" if torch.get_num_threads() == 1 else f"{torch.get_num_threads()} cores"
    return device_in_words(device) if device.type == "cuda" else f"{threads} of {device_in_words(device)}"


def _card(about: Mapping[str, Any], made_with: Mapping[str, Any], code: str) -> Card:
    weights = {"ldnet": made_with["ldnet"], **made_with["generators"]}
    return Card(
        metric=CARD,
        title="Milliseconds a frame",
        better="lower",
        compared="nothing",
        backend=about["place"],
        version=f"torch {torch.__version__}; {version_with(code)}",
        weights="; ".join(f"{_title(name)}: {f'SHA-256 {sha256}' if sha256 else 'none'}" for name, sha256 in weights.items()),
        input="the first pair of CrossTest, its driving frames again and again",
        alignment="none: the landmarks are given",
        images=f"in memory, {about['image_size']} pixels a side",
        reduction=f"median of {REPEATS} times, or of {RUNS} runs over {FRAMES} frames",
        interval="none",
        command=COMMAND,
    )


def _row(name: str, found: Mapping[str, Any]) -> list[Cell]:
    published = figure(found["paper"], 0) if found["paper"] else Cell(MISSING)
    return [Cell(_title(name)), *(_milliseconds(found[key]) for key in ("target", "alone", "together", "of_all")), published]


def _title(name: str) -> str:
    return titles()["ldnet"] if name == "ldnet" else GENERATORS[name].title


def _milliseconds(entry: Mapping[str, Any]) -> Cell:
    return replace(figure(entry["value"], 3 if entry["value"] < SMALL else 1), card=entry["card"])
