"""The parameters and sources that a run began with. Somebody may edit `params.yaml` and the sources while it runs.

Jobs read the parameters from a copy, so each uses those that Snakemake records for it. Sources are not copied: results made while
their sources changed count as incomplete. DVC records parameters and sources as they are at the end of a stage, so the stage fails
if they have changed by then.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.guards.changed_outputs import made_by
from pipeline.guards.snakemake_records import made
from pipeline.source_hash import Sources
from pipeline.stages import STAGES, Stage, decided_by
from reenact.config.load import PARAMS_VARIABLE, load_params
from reenact.config.schema import PARAMS_FILE, Params
from reenact.config.yaml_text import write_params
from reenact.errors import ReenactError

if TYPE_CHECKING:
    from snakemake.persistence import PersistenceBase

KEPT_PARAMS = Path(".snakemake/params.yaml")


@dataclass(frozen=True)
class Beginning:
    """What a run in `root` began with: parameters, the state of each stage's sources below `code`, and the time of each existing output."""

    root: Path
    code: Path
    params: Params
    sources: dict[str, list[tuple[str, int, int]]]
    made: dict[str, float]

    def check(self, persistence: PersistenceBase) -> None:
        """Raise ReenactError if the sources of a new result changed during the run, or anything that DVC would record for its stage."""
        sources = Sources(self.code)
        edited = tuple(stage for stage in STAGES if stamps(stage, sources) != self.sources[stage.name])
        new = (name for name, time in made(self.root).items() if self.made.get(name) != time)
        spoilt = [name for name in new if made_by(name, edited)]
        for name in spoilt:
            persistence._mark_incomplete(name, None)
        if spoilt:
            raise ReenactError(
                f"Sources of {', '.join(stage.name for stage in edited)} were changed while they were in use, so it is not known which "
                "version made the results. The same command makes them again; if the change cannot have mattered, keep them: "
                "snakemake all --touch"
            )
        named = os.environ.get("DVC_STAGE", "").rpartition(":")[2]
        for stage in STAGES:
            if stage.name == named and (stage in edited or self._is_decided_otherwise(stage)):
                raise ReenactError(
                    f"params.yaml or the sources were changed while {named} ran, and DVC would record its results as made from the "
                    "new ones. So nothing is recorded. Type the same command again."
                )

    def _is_decided_otherwise(self, stage: Stage) -> bool:
        now = load_params(self.root / PARAMS_FILE)
        return any(decided_by(rule, now) != decided_by(rule, self.params) for rule in stage.rules)


def begin(root: Path, sources: Sources, params: Params) -> Beginning:
    """Note what a run in `root` begins with."""
    return Beginning(root, sources.root, params, {stage.name: stamps(stage, sources) for stage in STAGES}, made(root))


def check_end(beginning: Beginning, persistence: PersistenceBase) -> None:
    """Run `Beginning.check`, and let Snakemake show its error: in red, without a traceback."""
    from snakemake.exceptions import WorkflowError

    try:
        beginning.check(persistence)
    except ReenactError as error:
        raise WorkflowError(str(error)) from None


def keep_params(root: Path, params: Params) -> None:
    """Make every process started from this one read `params`, even if params.yaml changes."""
    write_params(params, root / KEPT_PARAMS)
    os.environ[PARAMS_VARIABLE] = str(KEPT_PARAMS)


def deciding(root: Path) -> tuple[Params, list[list[tuple[str, int, int]]]]:
    """What decides the results in the project `root` now: the parameters, and the state of each stage's sources."""
    sources = Sources(root)
    return load_params(root / PARAMS_FILE), [stamps(stage, sources) for stage in STAGES]


def stamps(stage: Stage, sources: Sources) -> list[tuple[str, int, int]]:
    """Name, ctime (ns) and size (bytes) of each of a stage's sources. A copy, or a file that was changed back, has a new ctime."""
    stats = ((name, (sources.root / name).stat()) for name in sources.files(stage.sources))
    return [(name, stat.st_ctime_ns, stat.st_size) for name, stat in stats]
