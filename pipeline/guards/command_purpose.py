"""What a `snakemake` command is about to do in the project's folder: look, run rules, or change Snakemake's records."""

from __future__ import annotations

import sys
from argparse import Namespace
from enum import Enum
from types import FrameType

from snakemake import cli


class Purpose(Enum):
    """What a command does. alone: no other run may be active in the folder. trusts_outputs: it takes its outputs for Snakemake's own."""

    RUN = (True, True)  # runs rules, or copies what they made
    MEND = (True, False)  # changes outputs or records, whatever they are
    LOOK = (False, True)  # shows which outputs are made
    LIST = (False, False)  # shows nothing about outputs

    def __init__(self, alone: bool, trusts_outputs: bool) -> None:
        self.alone, self.trusts_outputs = alone, trusts_outputs


# In the order in which Snakemake looks for them: the first one that is given decides (`snakemake.cli.args_to_api`).
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
    "archive": Purpose.LIST,  # only of sources: every input of a rule is made by another rule
    "delete_all_output": Purpose.MEND,
    "delete_temp_output": Purpose.MEND,
}
DELETE = {"delete_all_output", "delete_temp_output"}
AFTER_RUNNING = {"report", "reporter"}  # with --report-after-run


def purpose_of(arguments: Namespace | None) -> Purpose:
    """What Snakemake does with these arguments, as its parser read them from command line and profiles; RUN for None."""
    if arguments is None:
        return Purpose.RUN
    for name, purpose in BEFORE_RUNNING.items():
        if getattr(arguments, name) and not (name in AFTER_RUNNING and arguments.report_after_run):
            return Purpose.LIST if name in DELETE and arguments.dryrun else purpose
    if arguments.dryrun or arguments.executor == "dryrun":
        return Purpose.LOOK
    return Purpose.MEND if arguments.touch or arguments.executor == "touch" else Purpose.RUN


def current_arguments() -> Namespace | None:
    """The arguments of the `snakemake` command that is reading the Snakefile; None if no such command started it.

    Snakemake reads the Snakefile before it passes most arguments on, so they are taken from the stack frame that parsed them.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code is cli.args_to_api.__code__:
            return frame.f_locals["args"]
        frame = frame.f_back
    return None
