"""What must hold before Snakemake plans anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from pipeline.experiments import link_project
from pipeline.locks import only_run
from pipeline.outputs import refuse_replaced, remember_contents, remove_replaced
from pipeline.repository import refuse_links
from pipeline.run_database import relocate
from reenact.params import Params

PLANS = {"-n", "--dry-run", "--dryrun"}
# They run nothing, or, as `reenact sync` does, take what lies there.
NO_PLAN = {"--lint", "--unlock", "--touch"}


def start(root: Path, params: Params) -> IO[str] | None:
    """Check the folder `root`, and make it ready for a run; keep what is returned open as long as the run lasts.

    Raises ReenactError where another run is active, outputs are not as Snakemake made them, or DVC's cache links to them.
    """
    arguments = set(sys.argv)
    guard = None if arguments & (PLANS | {"--lint", "--unlock"}) else only_run(root)
    refuse_links(root)
    if guard is not None:
        relocate(root)
    if arguments & NO_PLAN:
        return guard
    remember_contents(root)
    if stage := os.environ.get("DVC_STAGE"):
        link_project(root, params)
        remove_replaced(root, stage.rpartition(":")[2])
    else:
        refuse_replaced(root)
    return guard
