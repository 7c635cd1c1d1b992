"""Scores of somebody else's methods as an MLflow run: the plugin behind `reenact score --method`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow

from pipeline.tracking.runs import SCORES_TAG, tracked_run
from reenact.config.schema import Params
from reenact.evaluation.scoring_folder import scores_in
from reenact.files import read_json, sha256_file

STAGE = "score-methods"
SETTINGS = ("self", "cross")


def keep_scores(root: Path, params: Params, out: Path, methods: list[str]) -> str:
    """Log the files of the scoring in `out` and each method's figures as a run of the project `root`, and say which."""
    scores = read_json(out / "scores.json")
    tags = {"methods": ", ".join(methods), SCORES_TAG: sha256_file(out / "scores.json")}
    with tracked_run(root, STAGE, params, tags) as run:
        for path in scores_in(out):
            mlflow.log_artifact(str(path))
        kept = {setting: {name: rows[name] for name in methods if name in rows} for setting, rows in scores.items() if setting in SETTINGS}
        mlflow.log_metrics(dict(figures(kept)))
    return f"Logged as MLflow run {run.info.run_id}."


def figures(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Every measured figure of a table's JSON under its path of keys, and the ends of its interval. The paper's figures are left out."""
    if not isinstance(value, dict):
        return
    if "value" not in value:
        for key, below in value.items():
            yield from figures(below, f"{name}/{key}" if name else key)
    elif isinstance(value["value"], int | float):
        yield name, float(value["value"])
        yield from ((f"{name}_{end}", float(value[end])) for end in ("low", "high") if end in value)
