"""Stage report: tables, figures, a video and the page that shows them."""

from __future__ import annotations

from reenact.config.schema import Params
from reenact.report.build import build_report
from reenact.report.origin import UNKNOWN, Origin
from reenact.workspace import Workspace


def write_report(params: Params, workspace: Workspace, origin: Origin = UNKNOWN) -> None:
    """Write everything in results/ that people look at. origin: what the page says of runs."""
    build_report(params, workspace, origin)
