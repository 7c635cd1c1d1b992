"""`reenact manifest`: list clips and photographs again, with the workflow's own rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reenact.errors import ReenactError

ROOT = Path()
RULES = ("manifest", "lmtest_inputs")
# Everything but errors; `--quiet all` would hide those, too.
QUIET = ("host", "progress", "reason", "rules")


def manifest() -> None:
    """List clips and photographs again after a change.

    An unchanged list makes nothing run again. If a list cannot be written, the old one is deleted, so that it cannot pass for current."""
    if not (ROOT / "Snakefile").is_file():
        raise ReenactError("There is no Snakefile here; run from the project's folder")
    snakemake = Path(sys.executable).with_name("snakemake")
    # By Snakemake, so that it records what the lists were made with, and deletes them if a rule fails.
    ended = subprocess.run([snakemake, *RULES, "--forcerun", *RULES, "--keep-going", "--quiet", *QUIET], cwd=ROOT, check=False)
    if ended.returncode != 0:
        raise ReenactError("Not everything could be listed (see above); put that right and type `reenact manifest` again")
