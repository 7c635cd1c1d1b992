"""`reenact runs`: how the trainings of this project stand, read from the small files that they write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reenact.training.standing import RUNNING, standing
from reenact.workspace import STATE

ROOT = Path()
SHOWN_LOSSES = 3
HEADINGS = ("network", "state", "iteration", "it/s", "left", "losses", "validation", "MLflow run", "started", "ended")


def runs(as_json: Annotated[bool, typer.Option("--json", help="As JSON, with all values, for programs.")] = False) -> None:
    """Show the trainings: which run, how far they are, and how they ended."""
    found = standing(ROOT / STATE / "training")
    if as_json:
        typer.echo(json.dumps([{**values, "seconds_left": seconds_left(values)} for values in found], indent=2))
        return
    if not found:
        typer.echo("No training has begun in this folder.")
        return
    typer.echo(table([HEADINGS, *(row(values) for values in found)]))
    for values in found:
        if values.get("error"):
            typer.echo(f"\n{values['network']}: {values['error']}")


def row(values: dict[str, Any]) -> tuple[str, ...]:
    """The cells of a training."""
    rate = values.get("seconds_per_iteration")
    done = f"{values.get('phase')}: {values['iteration']} of {values['iterations']}" if "iteration" in values else ""
    return (
        values["network"],
        values["state"],
        done,
        f"{1 / rate:.3g}" if rate else "",
        clock(seconds_left(values)),
        losses(values.get("losses", {})),
        losses(values.get("validation", {})),
        values.get("run_id") or "",
        values.get("started") or "",
        values.get("ended") or "",
    )


def seconds_left(values: dict[str, Any]) -> float | None:
    """What a running training still needs to the end of its phase, at the rate of its last iterations."""
    if values["state"] != RUNNING or not values.get("seconds_per_iteration"):
        return None
    return (values["iterations"] - values["iteration"]) * values["seconds_per_iteration"]


def clock(seconds: float | None) -> str:
    """Hours, minutes and seconds; empty for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def losses(values: dict[str, float]) -> str:
    """The first few losses by the last part of their names. Norms of gradients are no losses."""
    shown = [(name, value) for name, value in values.items() if not name.startswith("gradient_norm/")][:SHOWN_LOSSES]
    return " ".join(f"{name.rpartition('/')[2]}={value:.4g}" for name, value in shown)


def table(rows: list[tuple[str, ...]]) -> str:
    """The rows in columns as wide as their widest cells; a column without any value is left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    lines = zip(*columns, strict=True)
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
