"""The environment that the rules' commands run in."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def use_own_tools() -> None:
    """Put the tools beside this Python first on PATH, so that rules find them whether or not the environment was activated."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
