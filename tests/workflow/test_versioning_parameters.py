"""One parameter of each stage, changed by either tool: what is planned, what runs, and what both tools report afterwards."""

from __future__ import annotations

import pytest

from pipeline.stages import stage_of
from reenact.config.enabled import is_enabled
from reenact.config.presets import apply_preset
from reenact.generators.registry import trained
from tests.support.project import ROOT, rules_run, stages_run

CHANGES = [
    ("corpus.landmark_frames=21", {"corpus", "ldnet", "evaluate", "report"}),
    ("shards.jpeg_quality=94", {"shards", "testsets", "ldnet", "dense", "evaluate", "report"}),
    ("testsets.cross_frames=4", {"testsets", "evaluate", "report"}),
    ("ldnet.weight_content=0.02", {"ldnet", "evaluate", "report"}),
    ("dense.weight_structure=0.5", {"dense", "evaluate", "report"}),
    ("evaluate.lmtest_pairs=400", {"evaluate", "report"}),
]
# Run to the end by Snakemake: whatever follows from another of them follows from this one, too.
LONG = "shards"
# Generators that the preset does not train.
OFF = {name for name in trained() if not is_enabled(apply_preset(ROOT, "tiny", []), name)}


@pytest.mark.parametrize(("change", "follows"), CHANGES)
def test_what_both_tools_plan_and_what_is_left_after_the_stage_itself(workspace, change, follows):
    stage = change.split(".")[0]
    workspace.run("reenact", "preset", "tiny", change)
    assert workspace.stages_planned() == follows
    # The report shows all parameters, so DVC finds it changed in itself.
    assert workspace.stages_changed() == {stage, "report"}
    assert stages_run(workspace.run("dvc", "repro", stage).stdout) == {stage}
    assert workspace.stages_planned() == follows - {stage}
    # All that follows reads what has just changed, or shows the parameter; only LD-Net reads the landmark-only subjects.
    changed = follows - {stage} if stage != "corpus" else {"ldnet", "report"}
    # For DVC a generator reads the shards even where it is not enabled.
    assert workspace.stages_changed() == (changed | OFF if stage == "shards" else changed)
    if stage == LONG:
        ran = rules_run(workspace.run("snakemake", "all").stderr)
        assert {stage_of(rule).name for rule in ran} == follows - {stage}
        workspace.run("reenact", "record")
        assert workspace.agrees()


def test_a_training_whose_parameters_change_with_the_ledgers_runs_at_once(workspace):
    """The trainings wait for the ledger, and are not trained anew because of it: their own changes must still be seen."""
    workspace.run("reenact", "preset", "tiny", "shards.max_left_out=0.6", "dense.weight_structure=0.5")
    ran = rules_run(workspace.run("snakemake", "all").stderr)
    assert ran == {"ledger", "dense", "predict", "score", "report"}
    workspace.run("reenact", "record")
    assert workspace.agrees()


def test_another_training_seed_trains_on_the_same_data(workspace):
    workspace.run("reenact", "preset", "tiny", "training_seed=2")
    assert workspace.stages_planned() == {"ldnet", *trained(), "evaluate", "report"}
    assert workspace.stages_changed() == {"ldnet", *trained(), "report"}, "evaluate follows from the networks"


def test_a_parameter_that_decides_no_result(workspace):
    workspace.run("reenact", "preset", "tiny", "device=cpu")
    assert workspace.agrees()
