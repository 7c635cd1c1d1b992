"""All files that stage report writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from reenact.config.schema import Params
from reenact.evaluation.enabled import check_generators, main_generator, network_folders
from reenact.evaluation.stored import Stored, open_stored
from reenact.files import read_json
from reenact.ldnet.model import load_ldnet
from reenact.report import page
from reenact.report.curves import read_curves, write_curves
from reenact.report.ledger_bars import write_ledger_bars
from reenact.report.ledger_table import ledger_table
from reenact.report.machine import machine, rendered_with
from reenact.report.paper_tables import table1, table2, table3, table4
from reenact.report.render import render, write, write_table
from reenact.report.sheets import corpus_sheet, result_sheet, some_pairs, write_sheet
from reenact.report.swaps import write_swaps
from reenact.report.video import write_pair
from reenact.shards import ledger
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS, Kind
from reenact.testsets.lmtest import read_lmtest
from reenact.training.device import pick_device
from reenact.training.export import CURVES, DESCRIPTION, WEIGHTS
from reenact.workspace import LDNET, METRICS, PREDICTIONS, RESULTS, SPLITS, TEST, TESTSETS, TRAIN, Workspace

TABLES = {"table1": table1, "table2": table2, "table3": table3, "table4": table4}


def build_report(params: Params, workspace: Workspace) -> None:
    """Write tables (results/tables), sheets, curves and the ledger (results/figures), results/crosstest.mp4 and results/report.html.

    Reads the truth, shards, ledgers, test sets, exports, predictions and metrics of the workspace. The same files give the same bytes.
    Raises ReenactError where one is missing, or where the predictions are of other generators than the parameters enable.
    """
    results, generator, models = workspace.path(RESULTS), main_generator(params), network_folders(params)
    metrics = {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in TABLES}
    tables = [make(metrics[name]) for name, make in TABLES.items()]
    sums = {split: ledger.merge(workspace.ledgers(params, split)) for split in SPLITS}
    accounts = ledger_table(sums[TRAIN], sums[TEST])
    for table in (*tables, accounts):
        write_table(results / "tables", table)

    train, test = (FrameStore(workspace.shards(params, split)) for split in SPLITS)
    opened = open_stored(test, workspace.path(TESTSETS), workspace.path(PREDICTIONS))
    for each in opened.values():
        check_generators(params, each.predictions)
    _draw_figures(results / "figures", workspace, models, train, test, opened)
    write_ledger_bars(results / "figures" / "ledger.svg", sums)
    pair = write_pair(results / "crosstest.mp4", params, workspace, test, pick_device(params.device))

    size = opened["selftest"].testset.size
    descriptions = {network: read_json(workspace.path(folder, DESCRIPTION)) for network, folder in models.items()}
    text = render(
        "page.html",
        sections=page.SECTIONS,
        people=page.people(params),
        generator=generator.title,
        cards=page.cards(metrics, generator.name),
        video=page.video(results / "crosstest.mp4", pair, size),
        tables=tables,
        sheets=page.sheets(results / "figures", size),
        curves=page.curves(results / "figures", descriptions),
        ledger=accounts,
        bars=page.bars(results / "figures", sums),
        parameters=page.parameters(params),
        machine=machine() | {"ffmpeg, which encoded rendered videos": rendered_with(workspace)},
        # The shards' own from the ledgers: they may be hundreds of gigabytes.
        hashes=sums[TRAIN]["shards"] | sums[TEST]["shards"] | page.hashes(workspace.root, _inputs(workspace, models)),
    )
    write(results / "report.html", text)


def _draw_figures(
    folder: Path, workspace: Workspace, models: Mapping[str, str], train: FrameStore, test: FrameStore, opened: Mapping[Kind, Stored]
) -> None:
    write_sheet(folder / "corpus.jpg", corpus_sheet(train, test))
    for kind, each in opened.items():
        write_sheet(folder / f"{kind}.jpg", result_sheet(each.testset, [each.results], some_pairs(each.testset)))
    ldnet = load_ldnet(workspace.path(LDNET), torch.device("cpu"))
    write_swaps(folder / "swaps.png", read_lmtest(workspace.path(TESTSETS, "lmtest.parquet")), ldnet)
    for network, model in models.items():
        write_curves(folder / f"{network}-curves.svg", read_curves(workspace.path(model, CURVES)))


def _inputs(workspace: Workspace, models: Mapping[str, str]) -> list[Path]:
    """The files besides the shards that the figures were made from, in the order of the workflow. models: the networks' folders."""
    return [
        *(workspace.path(TESTSETS, name) for name in ("lmtest.parquet", "selftest.json", "crosstest.json")),
        *(workspace.path(folder, WEIGHTS) for folder in models.values()),
        *(workspace.path(PREDICTIONS, f"{kind}.parquet") for kind in KINDS),
        *(workspace.path(METRICS, f"{name}.json") for name in TABLES),
    ]
