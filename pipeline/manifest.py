"""`reenact manifest`: list clips and photographs anew, by the workflow's own rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reenact.errors import ReenactError

ROOT = Path()
RULES = ("manifest", "lmtest_inputs")
# All of it but errors, which `--quiet all` hides too.
QUIET = ("host", "progress", "reason", "rules")


def manifest() -> None:
    """List clips and photographs anew after a change.

    Lists with the same content make nothing run again. Where a list cannot be written, the old one is gone: nothing passes for current."""
    if not (ROOT / "Snakefile").is_file():
        raise ReenactError("There is no Snakefile here; run from the project's folder")
    snakemake = Path(sys.executable).with_name("snakemake")
    # In a run of its own, so that Snakemake keeps what the lists were made with, and deletes them where that fails.
    ended = subprocess.run([snakemake, *RULES, "--forcerun", *RULES, "--keep-going", "--quiet", *QUIET], cwd=ROOT, check=False)
    if ended.returncode != 0:
        raise ReenactError("Not everything could be listed, as told above; put that right and type `reenact manifest` again")
