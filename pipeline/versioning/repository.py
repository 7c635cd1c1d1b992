"""What DVC and Snakemake say about the project's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reenact.errors import ReenactError

VOUCHED = "REENACT_VOUCHED"  # set for Snakemake by a caller that knows from DVC where the outputs come from
LINKS = {"hardlink", "symlink"}


def has_repository(root: Path) -> bool:
    """Whether DVC finds a git repository in the project `root` or above it, or is configured to do without one."""
    from dvc.scm import SCM, SCMError

    try:
        SCM(str(root), no_scm=_dvc_config(root)["core"].get("no_scm", False))
    except SCMError:
        return False
    return True


def refuse_links(root: Path) -> None:
    """Raise ReenactError where DVC would link outputs to its cache."""
    types = _dvc_config(root)["cache"].get("type") or []
    if links := LINKS.intersection(types):
        raise ReenactError(
            f"DVC's cache.type is {','.join(types)}. With a {min(links)}, an output and its cached copy are one file: "
            "writing one spoils the other, and a stale result passes for current. Type:\n"
            "dvc config cache.type reflink,copy   (with --local, --global or --system where it was set so), then: dvc checkout --relink"
        )


def _dvc_config(root: Path) -> Mapping[str, Any]:
    """DVC's configuration for `root`, from the nearest .dvc folder there or above."""
    from dvc.config import Config

    folder = root.resolve()
    found = (above / ".dvc" for above in (folder, *folder.parents) if (above / ".dvc").is_dir())
    return Config(next(map(str, found), None))


def changes(root: Path) -> dict[str, Any]:
    """What `dvc status` finds changed, by stage; empty if the workspace is as `dvc.lock` says. ReenactError if DVC fails."""
    status = run_tool(root, "dvc", "status", "--json")
    if status.returncode != 0:
        raise ReenactError(f"DVC cannot tell the state of this folder:\n{status.stderr}")
    return json.loads(status.stdout)


def is_finished(root: Path) -> bool:
    """Whether Snakemake has nothing to do in `root`; ReenactError with its output if it cannot plan."""
    planned = run_tool(root, "snakemake", "all", "--dry-run")
    if planned.returncode != 0:
        raise ReenactError(f"The workflow cannot be planned:\n{planned.stdout}{planned.stderr}")
    return "Nothing to be done" in planned.stdout + planned.stderr


def run_tool(root: Path, tool: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in `root`, whether or not the environment is activated.

    The user's SNAKEMAKE_PROFILE is dropped: Snakemake is asked about all rules, and a profile may leave some out.
    """
    program = Path(sys.executable).parent / tool
    others = {name: value for name, value in os.environ.items() if name not in {"SNAKEMAKE_PROFILE", VOUCHED}}
    return subprocess.run([str(program), *arguments], cwd=root, env=others | environment, capture_output=True, text=True, check=False)
