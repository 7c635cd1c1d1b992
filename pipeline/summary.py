"""What came out, and where it is: ``python -m pipeline.summary`` prints it after a run."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import typer

from reenact.config.load import load_params
from reenact.console import run_app
from reenact.report.page import not_trained, project_answer
from reenact.workspace import MODELS, Workspace

RESULTS = (
    ("Report page", "results/report.html"),
    ("Tables", "results/tables"),
    ("Pictures", "results/figures"),
    ("Video of a CrossTest pair", "results/crosstest.mp4"),
    ("Networks", MODELS),
    ("Parameters", "params.yaml"),
)
WIDTH = 100


def main() -> None:
    """Print the answer, where tables, report, video and networks are, and how to open the MLflow UI."""
    params = load_params()
    typer.echo("\nDone. Here is what came out:\n")
    for paragraph in project_answer(params, Workspace(Path())):
        typer.echo(fill(paragraph, WIDTH, initial_indent="  ", subsequent_indent="  ") + "\n")
    width = max(len(what) for what, _ in RESULTS)
    for what, path in RESULTS:
        typer.echo(f"  {what:<{width}}  {Path(path).resolve()}")
        if path == MODELS and (off := not_trained(params)):
            typer.echo(f"  {'':<{width}}  {off}")
    typer.echo("\nTo compare runs, start MLflow and open http://127.0.0.1:5000 :\n")
    typer.echo("  .venv/bin/mlflow ui --workers 1 --backend-store-uri sqlite:///mlflow.db\n")


if __name__ == "__main__":
    run_app(main)
