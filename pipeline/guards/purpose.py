"""What a `snakemake` command is about to do in the project's folder: look, run rules, or change what Snakemake keeps of them."""

from __future__ import annotations

import sys
from argparse import Namespace
from enum import Enum
from types import FrameType

from snakemake import cli


class Purpose(Enum):
    """Whether a command must be alone in the folder, and whether it takes the outputs that lie there for those that Snakemake made."""

    RUN = (True, True)  # runs rules, or copies what they made
    MEND = (True, False)  # changes outputs or records, whatever they are
    LOOK = (False, True)  # tells what is made and what is not
    LIST = (False, False)  # tells nothing of what was made

    def __init__(self, alone: bool, trusts_outputs: bool) -> None:
        self.alone, self.trusts_outputs = alone, trusts_outputs


# In the order in which Snakemake heeds them, whatever else stands beside them (`snakemake.cli.args_to_api`).
BEFORE_RUNNING = {
    "lint": Purpose.LIST,
    "list_target_rules": Purpose.LIST,
    "list_rules": Purpose.LIST,
    "print_compilation": Purpose.LIST,
    "containerize": Purpose.MEND,  # it takes Snakemake's own locks, and removes all of them
    "report": Purpose.LOOK,
    "reporter": Purpose.LOOK,
    "generate_unit_tests": Purpose.RUN,
    "dag": Purpose.LOOK,
    "rulegraph": Purpose.LIST,
    "filegraph": Purpose.LIST,
    "d3dag": Purpose.LIST,
    "unlock": Purpose.MEND,
    "cleanup_metadata": Purpose.MEND,
    "conda_cleanup_envs": Purpose.MEND,
    "conda_create_envs_only": Purpose.MEND,
    "list_conda_envs": Purpose.LIST,
    "cleanup_shadow": Purpose.MEND,
    "container_cleanup_images": Purpose.MEND,
    "list_changes": Purpose.LOOK,
    "list_input_changes": Purpose.LOOK,
    "list_params_changes": Purpose.LOOK,
    "list_untracked": Purpose.LIST,
    "summary": Purpose.LOOK,
    "detailed_summary": Purpose.LOOK,
    "archive": Purpose.LIST,  # of sources alone: no rule reads a file that no rule makes
    "delete_all_output": Purpose.MEND,
    "delete_temp_output": Purpose.MEND,
}
DELETE = {"delete_all_output", "delete_temp_output"}
AFTER_RUNNING = {"report", "reporter"}  # with --report-after-run


def purpose_of(arguments: Namespace | None) -> Purpose:
    """What Snakemake does with these arguments, which its own parser took from the command line and the profiles; without any, a run."""
    if arguments is None:
        return Purpose.RUN
    for name, purpose in BEFORE_RUNNING.items():
        if getattr(arguments, name) and not (name in AFTER_RUNNING and arguments.report_after_run):
            return Purpose.LIST if name in DELETE and arguments.dryrun else purpose
    if arguments.dryrun or arguments.executor == "dryrun":
        return Purpose.LOOK
    return Purpose.MEND if arguments.touch or arguments.executor == "touch" else Purpose.RUN


def current_arguments() -> Namespace | None:
    """The arguments of the Snakemake that is reading the Snakefile now; None where it was not started by its command.

    It reads the Snakefile first, and passes on most of what it was asked for only then: the arguments lie where it parsed them.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code is cli.args_to_api.__code__:
            return frame.f_locals["args"]
        frame = frame.f_back
    return None
