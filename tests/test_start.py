"""Which of Snakemake's options are refused, from its own parser; the workflow tests type them in earnest."""

from __future__ import annotations

from pathlib import Path

import pytest
from snakemake import cli
from snakemake.workflow import Workflow

from pipeline.start import UNTRUE, refuse_options
from reenact.errors import ReenactError

TYPED = {
    "--keep-incomplete": "keep-incomplete",
    "--ignore-incomplete": "ignore-incomplete",
    "--ii": "ignore-incomplete",
    "--drop-metadata": "drop-metadata",
    "--trust-io-cache": "trust-io-cache",
    "--trust-io": "trust-io-cache",
    "--trust-io-cache --dry-run": "trust-io-cache",
    "--consider-ancient score=0": "consider-ancient",
    "--consider-anc score=shards report=0,1": "consider-ancient",
}
IN_A_PROFILE = {
    "keep-incomplete: true": "keep-incomplete",
    "trust-io-cache: true": "trust-io-cache",
    "consider-ancient:\n  score: 0": "consider-ancient",
    "consider-ancient: [score=0]": "consider-ancient",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: one without profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    return tmp_path


@pytest.fixture
def workflow() -> Workflow:
    """Nothing of it is looked at before the options that are refused are known."""
    return Workflow.__new__(Workflow)


@pytest.mark.parametrize(("typed", "refused"), TYPED.items())
def test_options_by_which_something_passes_for_what_it_is_not_are_refused(workflow, typed: str, refused: str) -> None:
    _, arguments = cli.parse_args(["all", *typed.split()])
    with pytest.raises(ReenactError, match=f"--{refused} is refused here: .* Leave it out"):
        refuse_options(workflow, arguments)


@pytest.mark.parametrize(("config", "refused"), IN_A_PROFILE.items())
def test_they_are_refused_in_a_profile_too(workflow, folder: Path, config: str, refused: str) -> None:
    (folder / "given").mkdir()
    (folder / "given/config.yaml").write_text(f"{config}\n")
    _, arguments = cli.parse_args(["all", "--profile", str(folder / "given")])
    with pytest.raises(ReenactError, match=f"--{refused} is refused here"):
        refuse_options(workflow, arguments)


def test_none_of_them_is_given_where_none_is_typed() -> None:
    _, arguments = cli.parse_args(["all"])
    assert not any(getattr(arguments, option) for option in UNTRUE)
    assert {option.replace("_", "-") for option in UNTRUE} == set(TYPED.values())
