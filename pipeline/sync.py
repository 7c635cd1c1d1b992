"""`reenact sync`: Snakemake accepts what DVC put into the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from pipeline.guards.snapshot import deciding
from pipeline.versioning.repository import VOUCHED, changes, has_repository, is_finished, refuse_links, run_tool
from reenact.errors import ReenactError

ROOT = Path()
SHOWN = 5
ADVICE = (
    "What to type:",
    "  dvc checkout (--force over edited files; dvc pull for what the cache lacks), then reenact sync: back to the outputs of dvc.lock",
    "  dvc repro: make what the parameters, the sources and the clips ask for",
    "  reenact record: keep what a finished `snakemake all` made",
)


def sync() -> None:
    """Let Snakemake accept what DVC restored.

    For use after `dvc checkout`, `dvc pull` or a hit in DVC's run cache; only if DVC finds the workspace as dvc.lock says."""
    if not has_repository(ROOT):
        raise ReenactError("DVC finds no git repository here, so there is nothing to sync with.")
    refuse_links(ROOT)
    before = deciding(ROOT)
    if changed := changes(ROOT):
        raise ReenactError("\n".join(["DVC finds the workspace changed, so nothing was accepted:", *_explain(changed), *ADVICE]))
    if deciding(ROOT) != before:
        raise ReenactError("params.yaml or the sources changed meanwhile, so nothing was accepted. Type again: reenact sync")
    # Every file, because a restored one has a new time even if no rule reads it.
    touched = run_tool(ROOT, "snakemake", "all", "--touch", "--forceall", **{VOUCHED: "1"})
    if touched.returncode != 0:
        raise ReenactError(f"Snakemake could not accept the workspace:\n{touched.stdout}{touched.stderr}")
    if not is_finished(ROOT):
        raise ReenactError("Snakemake still has work to do, although DVC finds nothing changed; to see what: snakemake all --dry-run")
    typer.echo("DVC and Snakemake agree: nothing to do.")


def _explain(changed: dict[str, Any]) -> Iterator[str]:
    for stage, reasons in changed.items():
        for reason in reasons:
            if isinstance(reason, str):
                yield f"  {stage}: {reason}"
            else:
                yield from (f"  {stage}: {what}: {_listed(entries)}" for what, entries in reason.items())


def _listed(entries: dict[str, Any]) -> str:
    words = [f"{name} {state}" for name, state in _flat(entries)]
    return ", ".join(words[:SHOWN]) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")


def _flat(entries: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, state in entries.items():
        if isinstance(state, dict):
            yield from _flat(state)
        else:
            yield name, state
