"""Which of Snakemake's options are refused, from its own parser; the workflow tests run them with the real tools."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from contextlib import nullcontext
from pathlib import Path

import pytest
from snakemake import cli
from snakemake.settings.enums import Quietness
from snakemake.workflow import Workflow

from pipeline.guards.preconditions import UNTRUE, refuse_options, refuse_touch
from pipeline.guards.snakemake_records import RECORDS
from pipeline.manifest import QUIET
from pipeline.source_hash import Sources
from pipeline.stages import decided_by, stage_of
from pipeline.versioning.repository import VOUCHED
from reenact.config.schema import Params
from reenact.errors import ReenactError
from tests.pipeline.guards.test_changed_outputs import put

ROOT = Path(__file__).parents[3]

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
    "--no-hooks": "no-hooks",
}
IN_A_PROFILE = {
    "keep-incomplete: true": "keep-incomplete",
    "trust-io-cache: true": "trust-io-cache",
    "consider-ancient:\n  score: 0": "consider-ancient",
    "consider-ancient: [score=0]": "consider-ancient",
}
PARTIAL = ["until: [manifest]", "omit-from: [report]", "batch: all=1/2", "directory: elsewhere", "dry-run: true", "touch: true"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: one without profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    return tmp_path


@pytest.fixture
def workflow() -> Workflow:
    """An empty one: options are refused before anything in it is looked at."""
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


@pytest.mark.parametrize("config", PARTIAL)
def test_a_profile_that_leaves_something_out_is_refused_where_dvc_takes_what_lies_there(
    workflow, folder: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    (folder / "given").mkdir()
    (folder / "given/config.yaml").write_text(f"{config}\n")
    monkeypatch.setenv("SNAKEMAKE_PROFILE", str(folder / "given"))
    monkeypatch.setenv("DVC_STAGE", "shards")
    _, arguments = cli.parse_args(["shards_stage", "--allowed-rules", "shard"])
    with pytest.raises(ReenactError, match="DVC would record results that were not made"):
        refuse_options(workflow, arguments)


@pytest.mark.parametrize(("what", "stale"), [("nothing", False), ("parameters", True), ("sources", True), ("nobody knows", False)])
def test_touching_is_refused_where_results_of_others_would_pass_for_current(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str, stale: bool
) -> None:
    code = "old" if what == "sources" else Sources(ROOT).hash(stage_of("score").sources)
    used = [repr(code), repr("{}" if what == "parameters" else decided_by("score", Params()))]
    put(folder / "results/metrics/table1.json", "{}", 1.0)
    place = folder / RECORDS / urlsafe_b64encode(b"results/metrics/table1.json").decode()
    place.parent.mkdir(parents=True)
    place.write_text("" if what == "nobody knows" else json.dumps({"endtime": 1.0, "rule": "score", "params": used}))
    with pytest.raises(ReenactError, match=r"--touch is refused: results/metrics/table1\.json") if stale else nullcontext():
        refuse_touch(folder, Params(), ROOT)
    monkeypatch.setenv(VOUCHED, "1")
    refuse_touch(folder, Params(), ROOT)


def test_listing_anew_hides_all_but_errors() -> None:
    assert {*QUIET, "all"} == set(Quietness.choices())
