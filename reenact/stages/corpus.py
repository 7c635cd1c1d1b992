"""Stage corpus: videos, the manifest and the truth of what was rendered."""

from __future__ import annotations

from reenact.config.schema import Params
from reenact.corpus.manifest import ManifestReport, refresh
from reenact.corpus.synthetic import render_corpus
from reenact.corpus.truth import write_truth
from reenact.workspace import Workspace


def collect_corpus(params: Params, workspace: Workspace, workers: int) -> ManifestReport:
    """Render the clips that a synthetic corpus still lacks, then bring manifest and clip lists up to date."""
    if params.corpus.kind == "synthetic":
        render_corpus(params, workspace.root, workers)
    return refresh(params, workspace.root)


def gather_truth(params: Params, workspace: Workspace) -> None:
    """Write the truth of rendered clips and the landmark-only subjects."""
    write_truth(params, workspace.root)
