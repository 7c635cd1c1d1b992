"""`reenact record`: DVC records what a finished `snakemake all` made."""

from __future__ import annotations

from pathlib import Path

import typer

from pipeline.guards.changed_outputs import refuse_replaced, remember_contents
from pipeline.guards.snapshot import deciding
from pipeline.locks import RUNNING
from pipeline.versioning.repository import has_repository, is_finished, refuse_links, run_tool
from reenact.errors import ReenactError
from reenact.files import atomic_path
from reenact.locks import exclusive

ROOT = Path()
LOCK = "dvc.lock"


def record() -> None:
    """Record a finished `snakemake all` with DVC.

    Only if Snakemake has nothing left to do: what is recorded is what the parameters and the code make."""
    if not has_repository(ROOT):
        typer.echo("DVC finds no git repository here: nothing is recorded (the results are there all the same).", err=True)
        return
    refuse_links(ROOT)
    with exclusive(ROOT / RUNNING, "running the workflow"):
        before, lock = deciding(ROOT), ROOT / LOCK
        recorded = lock.read_bytes() if lock.is_file() else None
        # `is_finished` would not check the outputs: Snakemake skips that during a run, and this command counts as one.
        remember_contents(ROOT)
        refuse_replaced(ROOT)
        if not is_finished(ROOT):
            raise ReenactError("Snakemake still has work to do, so nothing was recorded; run: snakemake all")
        committed = run_tool(ROOT, "dvc", "commit", "--force")
        if deciding(ROOT) != before:
            _put_back(lock, recorded)
            raise ReenactError(
                "params.yaml or the sources changed meanwhile, and DVC recorded the results as made from the new ones. So dvc.lock was put "
                "back as it was. To make the results of the new ones: snakemake all"
            )
    if committed.returncode != 0:
        raise ReenactError(f"DVC could not record everything; put this right and type `reenact record` again:\n{committed.stderr}")
    typer.echo("Recorded in dvc.lock.")


def _put_back(lock: Path, recorded: bytes | None) -> None:
    """Restore the content of `lock`; None: there was no such file."""
    if recorded is None:
        lock.unlink(missing_ok=True)
        return
    with atomic_path(lock) as part:
        part.write_bytes(recorded)
