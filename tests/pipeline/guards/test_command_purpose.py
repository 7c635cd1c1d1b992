"""What a `snakemake` command is about to do, from Snakemake's own parser; the workflow tests run some of these with the real tools."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import pytest
from snakemake import cli

from pipeline.guards.command_purpose import Purpose, current_arguments, purpose_of

ROOT = Path(__file__).parents[3]
LOOK = (
    "-n|--dry-run|--dryrun|-np|-nq|-nF|--dry-r|-n --quiet rules|-n --touch|-e dryrun|--executor=dryrun|--summary|-S|--summar"
    "|--detailed-summary|-D|--dag|--dag mermaid-js|--report|--report page.html|--reporter html|--report-after-run --report -n"
    "|--list-changes code|--lc params|--list-input-changes|--list-params-changes|-n --summary|--summary --delete-all-output"
)
LIST = (
    "--lint|--lint json|--list-rules|--list|-l|--list-target-rules|--lt|--print-compilation|--rulegraph|--rulegraph mermaid-js|--filegraph"
    "|--d3dag|--list-conda-envs|--list-untracked|--lu|--archive project.tar|--delete-all-output -n|-n --delete-temp-output|--lint --unlock"
)
MEND = (
    "--unlock|--unlo|-n --unlock|--touch|-t|-tF|-e touch|--delete-all-output|--delete-temp-output|--cleanup-metadata results/report.html"
    "|--cm a b -n|--cleanup-shadow|--conda-cleanup-envs|--conda-create-envs-only|--container-cleanup-images|--containerize"
    "|--containerize apptainer"
)
RUN = (
    "|all|-F|-R report|-c1|--cores 2 all|--report page.html --report-after-run|--reporter html --report-after-run|--nolock|-k|-p"
    "|--generate-unit-tests|--generate-unit-tests there|-f results/report.html|--until shard"
    "|--rerun-incomplete|--config a1=-n|--jobname x-n.{jobid}"
)
CASES = [
    (command, purpose)
    for commands, purpose in ((LOOK, Purpose.LOOK), (LIST, Purpose.LIST), (MEND, Purpose.MEND), (RUN, Purpose.RUN))
    for command in commands.split("|")
]


@pytest.fixture(scope="module")
def parser() -> ArgumentParser:
    return cli.get_argument_parser()


@pytest.mark.parametrize(("command", "purpose"), CASES)
def test_what_a_command_is_about_to_do(parser: ArgumentParser, command: str, purpose: Purpose) -> None:
    assert purpose_of(parser.parse_args(command.split())) is purpose


def test_only_runs_and_mends_must_be_alone_and_only_runs_and_looks_trust_outputs() -> None:
    assert {purpose for purpose in Purpose if purpose.alone} == {Purpose.RUN, Purpose.MEND}
    assert {purpose for purpose in Purpose if purpose.trusts_outputs} == {Purpose.RUN, Purpose.LOOK}


def test_a_profile_decides_as_the_command_line_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "config.yaml").write_text("dry-run: true\n")
    assert purpose_of(cli.parse_args(["all"])[1]) is Purpose.RUN
    assert purpose_of(cli.parse_args(["all", "--profile", str(tmp_path)])[1]) is Purpose.LOOK
    monkeypatch.setenv("SNAKEMAKE_PROFILE", str(tmp_path))
    assert purpose_of(cli.parse_args(["all"])[1]) is Purpose.LOOK


def test_who_calls_snakemake_from_python_is_taken_to_run_it() -> None:
    assert purpose_of(current_arguments()) is Purpose.RUN
