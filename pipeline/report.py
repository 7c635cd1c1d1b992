"""Write tables, figures, a video and the report page, which names MLflow runs and their commits: ``python -m pipeline.report``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import torch
import typer

from pipeline.tracking.made_by import run_that_made
from pipeline.tracking.runs import NETWORK_TAG, SCORES_TAG
from reenact.config.load import load_params
from reenact.config.schema import Params
from reenact.console import run_app
from reenact.evaluation.enabled import network_folders
from reenact.files import sha256_file
from reenact.report.origin import Origin
from reenact.stages.report import write_report
from reenact.training.export import WEIGHTS
from reenact.workspace import METRICS, Workspace

NO_RUN = "none known: made elsewhere, or without MLflow"


def report(
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 1,
    code: Annotated[str, typer.Option(help="Hash of the sources that decide the result.")] = "",
) -> None:
    """Write everything in results/ that people look at."""
    torch.set_num_threads(threads)
    root, params = Path(), load_params()
    write_report(params, Workspace(root), Origin(runs(root, params), code))


def runs(root: Path, params: Params) -> Mapping[str, str]:
    """The MLflow run that made each network and the figures, in words."""
    made = {folder: (NETWORK_TAG, root / folder / WEIGHTS) for folder in network_folders(params).values()}
    made[METRICS] = (SCORES_TAG, root / METRICS / "scores.json")
    found = {name: run_that_made(root, tag, sha256_file(path)) for name, (tag, path) in made.items()}
    return {name: f"{run[0]}, at commit {run[1]}" if run else NO_RUN for name, run in found.items()}


if __name__ == "__main__":
    run_app(report)
