"""All files that stage report writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from reenact.config.schema import Params
from reenact.evaluation.enabled import check_generators, main_generator, network_folders
from reenact.evaluation.frames import read_frames
from reenact.evaluation.stored import Stored, open_stored
from reenact.files import read_json
from reenact.report import motion, page
from reenact.report.all_metrics import all_metrics
from reenact.report.answer import RULE
from reenact.report.cards import cards_of
from reenact.report.curves import read_curves, write_curves
from reenact.report.ledger_bars import write_ledger_bars
from reenact.report.ledger_table import ledger_table
from reenact.report.machine import machine, rendered_with
from reenact.report.origin import UNKNOWN, Origin
from reenact.report.paper_tables import table1, table2, table3, table4
from reenact.report.performance import kept_speeds, performance, performance_table, write_performance
from reenact.report.pictures import Source, draw_pictures
from reenact.report.render import render, write, write_table
from reenact.report.strip import strip
from reenact.report.table import Table
from reenact.report.table5 import table5
from reenact.report.video import write_pair
from reenact.shards import ledger
from reenact.shards.frames import FrameStore
from reenact.testsets.items import KINDS
from reenact.training.export import CURVES, DESCRIPTION, WEIGHTS
from reenact.workspace import METRICS, PREDICTIONS, RESULTS, SPLITS, TEST, TESTSETS, TRAIN, Workspace

TABLES = {"table1": table1, "table2": table2, "table3": table3, "table4": table4}
# Every metric of every row, and what is odd about them.
OTHERS = ("scores", "sanity")


def build_report(params: Params, workspace: Workspace, origin: Origin = UNKNOWN) -> None:
    """Write tables (results/tables), pictures and loops (results/figures), results/crosstest.mp4 and results/report.html.

    Beside the page lie the speeds that it shows: results/performance.json, and .md, .csv and .html.

    Reads the truth, shards, ledgers, test sets, exports, predictions and metrics of the workspace, and the portraits that the parameters
    name. The same files of the same origin give the same bytes. Raises ReenactError where one is missing, or where the predictions are of
    other generators than the parameters enable.
    """
    metrics = {name: read_json(workspace.path(METRICS, f"{name}.json")) for name in (*TABLES, *OTHERS)}
    sums = {split: ledger.merge(workspace.ledgers(params, split)) for split in SPLITS}
    shown = {
        "tables": [make(metrics[name]) for name, make in TABLES.items()],
        "all_metrics": all_metrics(metrics["scores"]),
        "trainings": [table5(params)],
        "ledger": [ledger_table(sums[TRAIN], sums[TEST])],
    }
    for table in (table for group in shown.values() for table in group):
        write_table(workspace.path(RESULTS, "tables"), table)
    drawn = _drawn(params, workspace, sums, origin.code)
    text = render(
        "page.html",
        sections=page.SECTIONS,
        people=page.people(params),
        made_by=page.made_by(params),
        not_trained=page.not_trained(params),
        rough=page.rough([*shown["tables"], *shown["all_metrics"]]),
        cards=cards_of([*shown["tables"], drawn["performance"], *shown["all_metrics"]]),
        **shown,
        origin=origin,
        **_answered(params, workspace, metrics),
        **drawn,
        parameters=page.parameters(params),
        machine=machine() | {"ffmpeg, which encoded rendered videos": rendered_with(workspace)},
        # The shards' own from the ledgers: they may be hundreds of gigabytes.
        hashes=sums[TRAIN]["shards"] | sums[TEST]["shards"] | page.hashes(workspace.root, _inputs(params, workspace)),
    )
    write(workspace.path(RESULTS, "report.html"), text)


def _answered(params: Params, workspace: Workspace, metrics: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What stands first, and what is odd."""
    generator, scores = main_generator(params), metrics["scores"]
    return {
        "generator": generator.title,
        "answer": page.project_answer(params, workspace),
        "rule": RULE,
        "strip": strip(scores, generator.name, metrics["table1"]),
        "size": scores["about"]["crosstest"],
        "checks": metrics["sanity"],
    }


def _drawn(params: Params, workspace: Workspace, sums: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Everything that is drawn, with the pictures themselves, and how fast the networks are that draw."""
    figures, video = workspace.path(RESULTS, "figures"), workspace.path(RESULTS, "crosstest.mp4")
    train, test = (FrameStore(workspace.shards(params, split)) for split in SPLITS)
    opened = open_stored(test, workspace.path(TESTSETS), workspace.path(PREDICTIONS))
    frames = read_frames(workspace.path(METRICS, page.FRAMES))
    for each in opened.values():
        check_generators(params, each.predictions)
    source, cross = Source(figures, params, workspace, train, test, opened, frames), opened["crosstest"]
    for network, folder in network_folders(params).items():
        write_curves(figures / f"{network}-curves.svg", read_curves(workspace.path(folder, CURVES)))
    write_ledger_bars(figures / "ledger.svg", sums)
    return {
        "pictures": [page.shown(figures, picture) for picture in draw_pictures(source)],
        "plots": page.plots(figures, frames, params.data_seed),
        "curves": page.curves(figures, _descriptions(params, workspace)),
        "bars": page.bars(figures, sums),
        "loops": motion.loops(figures, cross.testset, [cross.results], params.data_seed),
        "video": motion.video(video, write_pair(video, params, workspace, test, source.device), cross.testset.size),
        "performance": _performance(params, workspace, test, cross, source.device, code),
    }


def _performance(params: Params, workspace: Workspace, test: FrameStore, cross: Stored, device: torch.device, code: str) -> Table:
    """How fast the networks are, which is written into files of their own, too."""
    measured = kept_speeds(params, workspace, test, cross, device, code)
    figures = performance(measured, cross.predictions.about, device, params.evaluate.batch_size, code)
    table = performance_table(figures)
    write_performance(workspace.path(RESULTS), figures, table)
    return table


def _descriptions(params: Params, workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The networks' model.json, by name."""
    return {network: read_json(workspace.path(folder, DESCRIPTION)) for network, folder in network_folders(params).items()}


def _inputs(params: Params, workspace: Workspace) -> list[Path]:
    """The files besides the shards that the figures were made from, in the order of the workflow."""
    return [
        *(workspace.path(TESTSETS, name) for name in ("lmtest.parquet", "selftest.json", "crosstest.json")),
        *(workspace.path(folder, WEIGHTS) for folder in network_folders(params).values()),
        *(workspace.path(PREDICTIONS, f"{kind}.parquet") for kind in KINDS),
        *(workspace.path(METRICS, f"{name}.json") for name in (*TABLES, *OTHERS)),
        workspace.path(METRICS, page.FRAMES),
    ]
