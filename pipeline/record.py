"""Record a finished `snakemake all` with DVC: ``python -m pipeline.record``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reenact.console import run_app
from reenact.errors import ReenactError


def record() -> None:
    """Bring `dvc.lock` and DVC's cache up to what lies in the workspace.

    Only when Snakemake has nothing to do: what is recorded is what the parameters and the code make.

    Raises:
        ReenactError: Snakemake has work to do, or DVC cannot record.
    """
    if not Path(".git").exists():
        print("No git repository here: nothing is recorded with DVC (the results stand all the same).", file=sys.stderr)
        return
    planned = _run("snakemake", "all", "--dry-run")
    if planned.returncode != 0:
        raise ReenactError(f"The workflow cannot be planned, so nothing was recorded:\n{planned.stdout}{planned.stderr}")
    if "Nothing to be done" not in planned.stdout + planned.stderr:
        raise ReenactError("Snakemake still has work to do, so nothing was recorded; run: snakemake all")
    committed = _run("dvc", "commit", "--force")
    if committed.returncode != 0:
        raise ReenactError(f"DVC could not record the results:\n{committed.stdout}{committed.stderr}")


def _run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The tools of this environment, whether or not it was activated.
    program = Path(sys.executable).parent / tool
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)


if __name__ == "__main__":
    run_app(record)
