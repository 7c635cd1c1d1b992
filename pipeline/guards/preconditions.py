"""What must hold before Snakemake plans anything."""

from __future__ import annotations

import logging
import os
from argparse import Namespace
from pathlib import Path
from typing import IO

from snakemake.settings.enums import PersistenceBackend
from snakemake.settings.types import RerunTrigger
from snakemake.workflow import Workflow

from pipeline.guards.changed_outputs import refuse_replaced, remember_contents, remove_replaced
from pipeline.guards.command_purpose import Purpose, current_arguments, purpose_of
from pipeline.guards.machine import refuse_missing
from pipeline.guards.snakemake_records import made_with
from pipeline.guards.snapshot import keep_params
from pipeline.locks import is_running, only_run
from pipeline.source_hash import Sources
from pipeline.stages import STAGES, decided_by
from pipeline.tracking.database import relocate
from pipeline.versioning.experiments import link_project
from pipeline.versioning.repository import VOUCHED, refuse_links
from reenact.config.schema import Params
from reenact.errors import ReenactError

log = logging.getLogger(__name__)
GOES_ON = "a training goes on from its last checkpoint without it"
# Options that would let a file pass for what it is not.
UNTRUE = {
    "keep_incomplete": f"what a failed job leaves would pass for its result; {GOES_ON}",
    "ignore_incomplete": f"what a killed job leaves would pass for its result; {GOES_ON}",
    "drop_metadata": "nobody could tell what the results were made with",
    "trust_io_cache": "what was deleted or changed since an earlier dry run would pass for unchanged",
    "consider_ancient": "a result of older inputs would pass for current",
    "no_hooks": "nobody would notice sources that were changed while they were in use",
}
# Options by which Snakemake makes only part of a DVC stage; DVC would record whatever is there.
PARTIAL = ("until", "omit_from", "batch", "directory")
# The changes that make a rule run again, as they do a DVC stage.
TRIGGERS = {RerunTrigger.PARAMS, RerunTrigger.INPUT, RerunTrigger.MTIME}
# The rules of `reenact manifest`: it forces both, and they read no output.
LISTING = frozenset({"manifest", "lmtest_inputs"})


def start(root: Path, params: Params, workflow: Workflow) -> IO[str] | None:
    """Check the folder `root`, and prepare it for a run. Keep the returned file open while the run lasts: it is the lock.

    A command that only looks takes no lock, changes nothing, and is not refused during a run.
    Raises ReenactError if another run is active, outputs are not as Snakemake made them, DVC's cache would link to them, this machine
    lacks what the jobs need (`machine.refuse_missing`), or Snakemake was given options that this workflow refuses.
    """
    arguments = current_arguments()
    refuse_options(workflow, arguments)
    purpose = purpose_of(arguments)
    guard = only_run(root) if purpose.alone else None
    refuse_links(root)
    if purpose is Purpose.MEND and arguments and (arguments.touch or arguments.executor == "touch"):
        refuse_touch(root, params, Path(workflow.basedir))
    if guard is not None:
        relocate(root)
    if purpose is Purpose.RUN:
        refuse_missing(root, params, arguments)
        remember_contents(root)
        keep_params(root, params)
        if stage := os.environ.get("DVC_STAGE"):
            link_project(root, params)
            remove_replaced(root, stage.rpartition(":")[2])
        elif not (arguments and arguments.targets and LISTING.issuperset(arguments.targets)):
            refuse_replaced(root)
    elif purpose.trusts_outputs:
        if is_running(root):
            log.warning("A run is active in this folder: what is shown here changes with it.")
        else:
            refuse_replaced(root)
    return guard


def refuse_touch(root: Path, params: Params, code: Path) -> None:
    """Raise ReenactError if touching would let results of other parameters or sources pass for current. DVC vouches for `reenact sync`."""
    if os.environ.get(VOUCHED):
        return
    sources = Sources(code)
    digests = {rule: digest for stage in STAGES for digest in [sources.hash(stage.sources)] for rule in stage.rules}
    stale = sorted(
        name
        for name, (rule, used) in made_with(root).items()
        if rule in digests and (root / name).exists() and not {repr(digests[rule]), repr(decided_by(rule, params))} <= used
    )
    if stale:
        raise ReenactError(
            f"Snakemake's --touch is refused: {stale[0]} was made with other parameters or sources, and would pass for current "
            f"({len(stale)} such files). After DVC's checkout or pull type: reenact sync. Otherwise: snakemake all"
        )


def refuse_options(workflow: Workflow, arguments: Namespace | None) -> None:
    """Raise ReenactError for options, on the command line or in a profile, that do nothing here or do harm."""
    for option, reason in UNTRUE.items():
        if arguments is not None and getattr(arguments, option):
            raise ReenactError(f"Snakemake's --{option.replace('_', '-')} is refused here: {reason}. Leave it out.")
    if arguments is not None and not arguments.rerun_triggers >= TRIGGERS:
        raise ReenactError(
            "Snakemake's --rerun-triggers must include params, input and mtime here, as in profiles/default: without them results of "
            "other parameters pass for current. Leave the option out; `reenact sync` accepts what DVC restored."
        )
    if arguments is not None and os.environ.get("DVC_STAGE"):
        given = [option for option in PARTIAL if getattr(arguments, option)]
        if given or purpose_of(arguments) is not Purpose.RUN:
            what = f"--{given[0].replace('_', '-')}" if given else "an option by which it runs nothing"
            raise ReenactError(
                f"A profile (SNAKEMAKE_PROFILE) gives Snakemake {what}: DVC would record results that were not made. Leave it out."
            )
    config = workflow.config_settings
    if config.config or config.configfiles:
        given = [*(f"{key}={value}" for key, value in config.config.items()), *map(str, config.configfiles)]
        raise ReenactError(
            f"Snakemake's --config and --configfile do nothing here (given: {', '.join(given)}): params.yaml alone decides. Type:\n"
            "reenact preset NAME key=value   (for example reenact preset laptop ldnet.weight_content=0.1), or edit params.yaml"
        )
    if workflow.workflow_settings.persistence_backend is not PersistenceBackend.FILE:
        raise ReenactError("Snakemake's --persistence-backend must be file here: its files show which outputs are as Snakemake made them.")
