"""A rule that fails after an earlier success with other parameters: no older output passes for its result."""

from __future__ import annotations

import os
import shutil
import signal
from itertools import cycle, islice

import pytest
import torch

from pipeline.stages import STAGES, stage_of
from reenact.generators.registry import trained
from tests.support.project import Project, results, rules_run, wait_for

# For each rule a parameter that changes its result, but no training that it depends on.
CHANGES = {
    "manifest": "corpus.clips_per_subject=1",
    "truth": "corpus.landmark_frames=21",
    "shard": "shards.jpeg_quality=94",
    "ledger": "shards.max_left_out=0.6",
    "lmtest_inputs": "testsets.portraits=faces",
    "testsets": "testsets.cross_frames=4",
    "ldnet": "ldnet.weight_content=0.02",
    "dense": "dense.weight_structure=0.5",
    "adain": "adain.image_size=80",  # it is switched off
    "predict": "evaluate.batch_size=3",
    "score": "evaluate.lmtest_pairs=400",
    "report": "shards.max_left_out=0.6",
}
# What the shell of the rule's job does in place of the program.
FAILURES = {
    "an exception": 'command python -c "raise RuntimeError"',
    "a signal": "kill -KILL $$",
    "a missing tool": "no-such-tool",
}
# Each rule with two of them, in turn: Snakemake cannot tell rules apart by how their commands end.
PAIRS = list(zip(CHANGES, cycle(FAILURES), islice(cycle(FAILURES), 1, None), strict=False))


def change(project: Project, rule: str) -> None:
    """Change the parameter that decides a rule."""
    faces = project.root / "faces"
    if rule == "lmtest_inputs" and not faces.exists():
        faces.mkdir()
        shutil.copy2(min((project.root / "data/testsets/lmtest/portraits").iterdir()), faces)
    project.run("reenact", "preset", "tiny", CHANGES[rule])


def test_every_rule_is_tried() -> None:
    rules = {rule for stage in STAGES for rule in stage.rules}
    # All generators' rules are one text: one that is switched on stands for all such, one that is not for the others.
    assert CHANGES.keys() == rules - trained().keys() | {"dense", "adain"}


@pytest.mark.parametrize(("rule", "first", "second"), PAIRS)
def test_a_failed_rule_fails_again_and_nothing_is_recorded(workspace, failing, rule, first, second):
    lock = (workspace.root / "dvc.lock").read_bytes()
    change(workspace, rule)
    for target, failure in (("all", first), (f"{stage_of(rule).name}_stage", second)):
        stopped = workspace.run("snakemake", target, check=False, **failing(rule, FAILURES[failure]))
        assert stopped.returncode != 0
        assert f"Error in rule {rule}:" in stopped.stderr
    refused = workspace.run("reenact", "record", check=False)
    assert refused.returncode == 1
    assert "Snakemake still has work to do, so nothing was recorded; run: snakemake all" in refused.stderr
    by_dvc = workspace.run("dvc", "repro", stage_of(rule).name, check=False, **failing(rule, FAILURES["an exception"]))
    assert by_dvc.returncode != 0
    assert f"Error in rule {rule}:" in by_dvc.stderr
    if rule not in ("ledger", "report"):  # before these DVC has recorded another stage
        assert (workspace.root / "dvc.lock").read_bytes() == lock


@pytest.mark.parametrize("rule", ["manifest", "lmtest_inputs"])
def test_a_failed_reenact_manifest_leaves_no_list_that_passes_for_current(workspace, failing, rule):
    lock = (workspace.root / "dvc.lock").read_bytes()
    environment = failing(rule, FAILURES["an exception"])
    stopped = workspace.run("reenact", "manifest", check=False, **environment)
    assert stopped.returncode == 1
    assert "RuntimeError" in stopped.stderr
    assert "Not everything could be listed" in stopped.stderr
    assert f"Error in rule {rule}:" in workspace.run("snakemake", "all", check=False, **environment).stderr
    assert "Snakemake still has work to do" in workspace.run("reenact", "record", check=False).stderr
    if rule == "manifest":  # the other rule's stage is in DVC's run cache
        assert workspace.run("dvc", "repro", "corpus", check=False, **environment).returncode != 0
    assert (workspace.root / "dvc.lock").read_bytes() == lock
    workspace.run("reenact", "manifest")
    assert workspace.agrees(), "equal lists are no reason to go on"


def test_parameters_and_sources_edited_while_a_rule_runs_are_not_taken_for_those_of_its_results(workspace, failing):
    editing = failing("lmtest_inputs", 'touch reenact/stages/testsets.py; command reenact "$@"')
    stopped = workspace.run("snakemake", "lmtest_inputs", "--forcerun", "lmtest_inputs", check=False, **editing)
    assert stopped.returncode != 0 and "were changed while they were in use" in stopped.stderr
    assert "lmtest_inputs" in workspace.planned()
    workspace.run("snakemake", "all", "--touch")
    assert workspace.has_nothing_to_do(), "one who knows that the change made no difference can keep them"

    lock = (workspace.root / "dvc.lock").read_bytes()
    workspace.run("reenact", "preset", "tiny", "corpus.test_share=0.3")
    editing = failing("manifest", 'sed -i "s/test_share: .*/test_share: 0.4/" params.yaml; command reenact "$@"')
    stopped = workspace.run("dvc", "repro", "corpus", check=False, **editing)
    assert stopped.returncode != 0 and "changed while corpus ran" in stopped.stderr
    assert (workspace.root / "dvc.lock").read_bytes() == lock
    assert "test_share: 0.3" in (workspace.root / ".snakemake/params.yaml").read_text()
    workspace.run("reenact", "preset", "tiny", "corpus.test_share=0.3")
    assert "corpus" not in workspace.stages_planned(), "it was made with the parameters that Snakemake noted"
    refused = workspace.run("snakemake", "all", "--touch", check=False)
    assert refused.returncode != 0 and "was made with other parameters" in refused.stderr, "the report shows all parameters"


def test_a_corpus_that_is_not_mounted_yet_is_read_once_it_is_there(workspace):
    (rendered,) = (workspace.root / "data/corpus").iterdir()
    changes = ("corpus.kind=voxceleb2", "corpus.path=late", "corpus.clips_per_subject=1")
    workspace.run("reenact", "preset", "tiny", *changes)
    for command in (("snakemake", "shards_stage"), ("snakemake", "shards_stage"), ("reenact", "manifest"), ("dvc", "repro", "shards")):
        stopped = workspace.run(*command, check=False)
        assert stopped.returncode != 0
        assert "corpus.path" in stopped.stderr, command
    shutil.copytree(rendered, workspace.root / "late", ignore=shutil.ignore_patterns("*.parquet"))
    assert {"manifest", "shard"} <= rules_run(workspace.run("snakemake", "shards_stage").stderr)
    assert "late/" in (workspace.root / "data/manifest/lists/train-00000.csv").read_text()


def test_older_results_put_in_the_place_of_those_that_could_not_be_made_are_refused(workspace, failing):
    """Snakemake keeps the failed job's parameters for its outputs, whoever puts something there."""
    lock = (workspace.root / "dvc.lock").read_bytes()
    change(workspace, "score")
    assert workspace.run("snakemake", "all", check=False, **failing("score", FAILURES["an exception"])).returncode != 0
    workspace.run("dvc", "checkout")
    for command in (("snakemake", "all"), ("snakemake", "all", "--dry-run"), ("reenact", "record")):
        refused = workspace.run(*command, check=False)
        assert refused.returncode != 0
        assert "results/metrics/scores.json" in refused.stdout + refused.stderr, command
    assert (workspace.root / "dvc.lock").read_bytes() == lock
    assert "score" in rules_run(workspace.run("dvc", "repro", "evaluate").stderr)
    workspace.run("snakemake", "all")
    workspace.run("reenact", "record")
    assert workspace.agrees()


def test_older_results_put_back_after_a_run_was_cut_off_are_refused(workspace, failing):
    """The tables of a changed parameter were made; the run was killed during the report, before it could note its outputs."""
    change(workspace, "score")
    running = workspace.start("snakemake", "all", **failing("report", f"touch {workspace.root}/reached; sleep 600"))
    wait_for(lambda: (workspace.root / "reached").exists(), running)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    workspace.run("dvc", "checkout", "--force", "evaluate")
    for command in (("snakemake", "all"), ("reenact", "record")):
        refused = workspace.run(*command, check=False)
        assert refused.returncode != 0
        assert "results/metrics/table1.json" in refused.stderr, command
    for table in (workspace.root / "results/metrics").iterdir():
        table.unlink()
    assert {"score", "report"} <= rules_run(workspace.run("snakemake", "all").stderr)
    workspace.run("reenact", "record")
    assert workspace.agrees()


def test_what_the_machine_lacks_is_refused_before_a_result_is_deleted(workspace):
    before = results(workspace)
    lacking = {"face_model=nowhere": "face_model: there is no folder nowhere"}
    if not torch.cuda.is_available():
        lacking["device=cuda"] = "PyTorch sees no CUDA device here"
    for change, words in lacking.items():
        workspace.run("reenact", "preset", "tiny", "ldnet.weight_content=0.02", change)
        refused = workspace.run("snakemake", "all", check=False)
        assert refused.returncode != 0 and words in refused.stderr and not rules_run(refused.stderr)
        assert results(workspace) == before
    workspace.run("reenact", "preset", "tiny")
    assert workspace.has_nothing_to_do()


def test_options_that_let_a_failed_jobs_files_or_older_ones_pass_for_results_are_refused(workspace):
    for option in ("--keep-incomplete", "--ignore-incomplete", "--drop-metadata", "--trust-io-cache", "--consider-ancient score=0"):
        refused = workspace.run("snakemake", "all", *option.split(), check=False)
        assert refused.returncode != 0
        assert f"{option.split()[0]} is refused here" in refused.stderr
    workspace.run("reenact", "preset", "tiny", "evaluate.lmtest_pairs=400")
    refused = workspace.run("snakemake", "all", "--rerun-triggers", "mtime", check=False)
    assert refused.returncode != 0
    assert "--rerun-triggers" in refused.stderr and "evaluate" in workspace.stages_planned()
    workspace.run("reenact", "preset", "tiny")
    assert workspace.has_nothing_to_do()
