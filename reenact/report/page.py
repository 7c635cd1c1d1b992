"""What the report page shows besides tables and pictures. It is gathered from the files of earlier stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from reenact.config.schema import Params
from reenact.evaluation.enabled import enabled, main_generator
from reenact.evaluation.frames import read_frames
from reenact.files import read_json, sha256_file
from reenact.generators.registry import titles, trained
from reenact.report.answer import answer
from reenact.report.in_words import listed
from reenact.report.ledger_bars import ledger_in_words
from reenact.report.metric_plots import metric_panels, metric_plots_in_words, write_metric_plots
from reenact.report.paper_tables import SETTINGS
from reenact.report.picture_size import width_of
from reenact.report.pictures import Picture
from reenact.report.render import data_uri
from reenact.report.table import ROUGH, Table
from reenact.workspace import METRICS, Workspace

FRAMES = "frames.parquet"
SECTIONS = {
    "motion": "In motion",
    "tables": "The paper's tables",
    "metrics": "All metrics",
    "pictures": "Pictures",
    "checks": "Checks",
    "training": "Training",
    "data": "Ledger",
    "cards": "Cards",
    "origin": "Origin",
    "machine": "Machine",
}


def project_answer(params: Params, workspace: Workspace) -> list[str]:
    """The answer that a project's page begins with. ReenactError: the figures are missing."""
    scores, frames = read_json(workspace.path(METRICS, "scores.json")), read_frames(workspace.path(METRICS, FRAMES))
    return answer(scores, frames, main_generator(params).name, params.data_seed)


def people(params: Params) -> str:
    """Who is seen."""
    if params.corpus.kind != "synthetic":
        return "Targets and drivers are real people, from the videos of the corpus. They did and said nothing that a result shows."
    rendered = "targets and drivers are faces rendered from a 3D head model"
    if params.evaluate.portraits is None:
        return f"The people on this page do not exist: {rendered}."
    return (
        f"But for the portraits from outside the corpus, the people on this page do not exist: {rendered}. Who is in those portraits did "
        "and said nothing that a result shows."
    )


def rough(tables: Iterable[Table]) -> str:
    """What a mark says that figures of the tables have; "" where none has it."""
    is_there = any(ROUGH in cell.remarks for table in tables for row in table.rows for cell in row)
    where = "“What each metric is” below its table says which"
    return f"A figure marked “{ROUGH}” is of fewer frames or people than its metric takes; {where}." if is_there else ""


def made_by(params: Params) -> str:
    """Who made what is called a result: networks, and what is none."""
    generators = enabled(params).values()
    networks, others = ([entry.title for entry in generators if entry.is_trained == is_network] for is_network in (True, False))
    parts = [f"by the {'network' if len(networks) == 1 else 'networks'} {listed(networks)}"] if networks else []
    parts += [f"by {listed(others)}, which {'is no network' if len(others) == 1 else 'are no networks'}"] if others else []
    whole = "Every picture called a result was generated, and so was what stands to the right of the driver in each video"
    return f"{whole}: {', or '.join(parts)}."


def not_trained(params: Params) -> str:
    """Which networks the parameters switch off, so that their folders hold none; "" where all are trained."""
    off = [entry.title for name, entry in trained().items() if name not in enabled(params)]
    return f"Not trained, as the parameters switch {'it' if len(off) == 1 else 'them'} off: {listed(off)}." if off else ""


def shown(folder: Path, picture: Picture) -> dict[str, Any]:
    """A picture with its file's contents; one without a file has words alone."""
    return asdict(picture) | (_file(folder / picture.file) if picture.file else {"uri": ""})


def _file(path: Path) -> dict[str, Any]:
    return {"uri": data_uri(path), "width": width_of(path)}


def plots(folder: Path, frames: pd.DataFrame, seed: int) -> list[dict[str, Any]]:
    """Draw the metrics of each test set by the driver's yaw and expression; a test set with too few frames is left out."""
    drawn = []
    for setting, title in SETTINGS.items():
        panels = metric_panels(frames, setting, seed)
        if any(panel.parts for panel in panels):
            path = folder / f"{title.lower()}-metrics.svg"
            write_metric_plots(path, panels)
            drawn.append(
                {
                    "title": f"{title}: by how far the driver's head is turned, and how strong its expression is",
                    "alt": metric_plots_in_words(panels),
                    "caption": "Means over the frames of each part; whiskers are 95 % intervals over people. Grey: the rows to read by.",
                }
                | _file(path)
            )
    return drawn


def curves(figures: Path, descriptions: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The loss curves of every trained network. descriptions: their model.json, by name."""
    plots = []
    for network, description in descriptions.items():
        title = titles()[network]
        iterations = " + ".join(f"{number:,}" for number in description["iterations"].values())
        plots.append(
            {
                "title": f"{title}: losses by iteration",
                "alt": f"A small plot for each loss of {title}.",
                "caption": f"{iterations} iterations, {description['weights']['parameters']:,} weights.",
            }
            | _file(figures / f"{network}-curves.svg")
        )
    return plots


def bars(figures: Path, splits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The ledger as a picture."""
    return {
        "title": "What became of frames and clips",
        "alt": ledger_in_words(splits),
        "caption": "Each bar is a whole with its count: on the left all that went in, on the right what was left out of it, by reason.",
    } | _file(figures / "ledger.svg")


def parameters(params: Params) -> dict[str, str]:
    """Every parameter under its dotted key. The device is left out: it decides no figure."""
    (flat,) = pd.json_normalize(params.model_dump(mode="json", exclude={"device", "processes"})).to_dict("records")
    return {key: "null" if value is None else str(value) for key, value in flat.items()}


def hashes(root: Path, files: list[Path]) -> dict[str, str]:
    """The SHA-256 of files by their path below the project."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in files}
