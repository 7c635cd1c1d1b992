"""`dvc.yaml`, derived from the stage table: ``python -m pipeline.versioning.dvc_yaml`` writes it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.source_hash import Sources
from pipeline.stages import STAGES, Stage
from reenact.files import atomic_path

DVC_FILE = Path("dvc.yaml")
# .dvc/plots/curve.json: DVC's template `simple` without the points whose column is empty, which `simple` draws as zeros. Each phase of a
# training has losses of its own, so the others' columns are empty there.
TEMPLATE = "curve"
HEADER = "# Written by `python -m pipeline.versioning.dvc_yaml` from pipeline/stages.py; change the table there.\n"


def dvc_yaml(root: Path) -> str:
    """The text of `dvc.yaml` for the sources below `root`."""
    sources = Sources(root)
    document = {
        "stages": {stage.name: _stage(stage, sources) for stage in STAGES},
        "plots": [
            *(_plot(stage, column) for stage in STAGES for column in stage.plots),
            *(path for stage in STAGES for path in stage.pictures),
        ],
    }
    yaml = YAML()
    yaml.width = 200
    text = io.StringIO()
    yaml.dump(document, text)
    return HEADER + text.getvalue()


def _plot(stage: Stage, column: str) -> dict[str, Any]:
    return {f"{stage.name} {column}": {"template": TEMPLATE, "x": "iteration", "y": {f"{stage.outputs[0]}/curves.csv": column}}}


def _stage(stage: Stage, sources: Sources) -> dict[str, Any]:
    target = f"{stage.name}_stage"
    # Only this stage's rules may run: DVC has already brought its inputs up to date.
    options = ["--allowed-rules", target, *stage.plans_with, *stage.rules]
    if stage.forces:
        options += ["--forcerun", *stage.forces]
    entry: dict[str, Any] = {
        "cmd": " ".join(["snakemake", target, *options]),
        "params": list(stage.params),
        "deps": [*sources.files(stage.sources), *stage.inputs],
        "outs": [{path: {"persist": True}} if stage.persist else path for path in stage.outputs],
    }
    if stage.metrics:
        entry["metrics"] = list(stage.metrics)
    return entry


def main() -> None:
    """Write `dvc.yaml` into the working directory."""
    with atomic_path(DVC_FILE) as part:
        part.write_text(dvc_yaml(Path()), encoding="utf-8")


if __name__ == "__main__":
    main()
