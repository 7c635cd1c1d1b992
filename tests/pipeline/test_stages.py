"""The stage table, and what must follow from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

from pipeline.metrics_page import with_table
from pipeline.source_hash import Sources
from pipeline.stages import STAGES, Stage, decided_by, stages_before
from pipeline.versioning.dvc_yaml import dvc_yaml
from reenact.config.schema import Params
from reenact.generators.registry import trained
from tests.support.second_generator import COPIER, FLAT, MoreParams, fresh, more_generators, papers_own

ROOT = Path(__file__).parents[2]
NETWORKS = ("ldnet", *trained())


def test_dvc_yaml_is_as_generated():
    assert (ROOT / "dvc.yaml").read_text(encoding="utf-8") == dvc_yaml(ROOT), "run: make generated"


def test_each_stage_reads_only_what_earlier_stages_make():
    made: list[str] = []
    for stage in STAGES:
        for needed in stage.inputs:
            assert any(needed == path or needed.startswith(f"{path}/") or path.startswith(f"{needed}/") for path in made), (
                stage.name,
                needed,
            )
        made += [*stage.outputs, *stage.metrics]


def leaves(values: dict, prefix: str = "") -> list[str]:
    """The dotted keys of all values that are no sections."""
    found = ((f"{prefix}{key}", value) for key, value in values.items())
    return [leaf for key, value in found for leaf in (leaves(value, f"{key}.") if isinstance(value, dict) else [key])]


def test_every_parameter_but_the_device_decides_a_stage_before_the_report():
    tracked = {key for stage in STAGES for key in stage.params if stage.name != "report"}
    undecided = [leaf for leaf in leaves(Params().model_dump()) if not any(leaf == key or leaf.startswith(f"{key}.") for key in tracked)]
    assert undecided == ["device", "processes", "evaluate.portraits"], "the last is of the report alone"


def test_a_parameter_decides_only_the_rules_that_name_it():
    before, after = Params(), Params.model_validate({"evaluate": {"lmtest_pairs": 7}})
    changed = {rule for stage in STAGES for rule in stage.rules if decided_by(rule, before) != decided_by(rule, after)}
    assert changed == {"score", "report"}


def stages_that_follow(change: dict) -> set[str]:
    """The stages with a rule that `change` decides, and all that read what those make, directly or not."""
    before, after = Params(), Params.model_validate(change)
    found: dict[str, tuple[str, ...]] = {}
    for stage in STAGES:
        changed = any(decided_by(rule, before) != decided_by(rule, after) for rule in stage.rules)
        made = [path for outputs in found.values() for path in outputs]
        if changed or any(f"{needed}/".startswith(f"{path}/") or path.startswith(f"{needed}/") for needed in stage.inputs for path in made):
            found[stage.name] = (*stage.outputs, *stage.metrics)
    return set(found)


def test_another_training_seed_trains_anew_on_the_same_data():
    assert stages_that_follow({"training_seed": 2}) == {*NETWORKS, "evaluate", "report"}
    assert stages_that_follow({"data_seed": 2}) == {stage.name for stage in STAGES}


def test_a_training_seed_decides_no_rule_before_or_after_the_trainings():
    before, after = Params(), Params(training_seed=2)
    changed = {rule for stage in STAGES for rule in stage.rules if decided_by(rule, before) != decided_by(rule, after)}
    assert changed == {*NETWORKS, "report"}


@pytest.mark.parametrize("seed", ["data_seed", "training_seed"])
def test_a_stage_reads_only_the_seed_that_decides_it(seed):
    tree = Sources(ROOT)
    for stage in STAGES:
        sources = "".join((ROOT / name).read_text(encoding="utf-8") for name in tree.files(stage.sources) if name.endswith(".py"))
        assert (seed not in sources) or seed in stage.params, stage.name


def test_the_device_reruns_nothing():
    before, after = Params(), Params.model_validate({"device": "cpu"})
    assert all(decided_by(rule, before) == decided_by(rule, after) for stage in STAGES for rule in stage.rules)


def rules_of(stage: Stage, enabled: bool = True) -> dict[str, str]:
    """The text of each rule in a stage's file, by the rule's name; those of the generators are written once for all.

    enabled: which of a generator's two rules is meant."""
    text = (ROOT / stage.rules_path).read_text(encoding="utf-8")
    if stage.rule_file != "generators.smk":
        return dict(re.findall(r"^(?:rule|checkpoint) (\w+):\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL))
    for pattern in ("({})", "[{}]", "({},"):
        text = text.replace(pattern.format("entry.name"), pattern.format(f'"{stage.name}"'))
    bodies = re.findall(r"^ +rule:\n +name:\n +(\S+)\n(.*?)(?=^ +rule:|^    else:|\Z)", text, re.MULTILINE | re.DOTALL)
    of_network, of_none, of_stage = (body for _, body in bodies)
    assert [name for name, _ in bodies] == ["entry.name", "entry.name", 'f"{entry.name}_stage"']
    return {stage.name: of_network if enabled else of_none, f"{stage.name}_stage": of_stage}


@pytest.mark.parametrize("enabled", [True, False])
def test_every_rule_file_names_the_rules_of_its_stage(enabled):
    for stage in STAGES:
        rules = rules_of(stage, enabled)
        assert set(rules) == {*stage.rules, f"{stage.name}_stage"}
        for rule in stage.rules:
            assert f'decided_by("{rule}", PARAMS)' in rules[rule]
            assert f'CODE["{rule}"]' in rules[rule]


@pytest.mark.parametrize("enabled", [True, False])
def test_every_rule_has_its_log_benchmark_threads_resources_and_message(enabled):
    for stage in STAGES:
        for rule in stage.rules:
            body = rules_of(stage, enabled)[rule]
            directives = set(re.findall(r"^ *(\w+):", body, re.MULTILINE))
            assert directives >= {"log", "benchmark", "threads", "resources", "message"}, rule
            assert re.search(r"2> >\((trap '' INT TERM; exec )?tee \{{1,2}log\}{1,2} >&2\)", body), (
                f"{rule}: its errors go to the log and to the screen"
            )


def test_dvc_runs_one_stages_rules_and_no_others():
    for name, entry in YAML(typ="safe").load(dvc_yaml(ROOT))["stages"].items():
        stage = next(stage for stage in STAGES if stage.name == name)
        allowed = entry["cmd"].split("--allowed-rules ")[1].split(" --")[0].split()
        assert set(allowed) == {f"{name}_stage", *stage.plans_with, *stage.rules}


def test_the_stages_before_one_are_all_that_lead_to_it():
    before = {stage.name: {each.name for each in stages_before(stage)} for stage in STAGES}
    data = {"corpus", "shards"}
    assert before == {
        "corpus": set(),
        "shards": {"corpus"},
        "testsets": data,
        **dict.fromkeys(NETWORKS, data),
        "evaluate": data | {"testsets", *NETWORKS},
        "report": data | {"testsets", *NETWORKS, "evaluate"},
    }


@pytest.fixture
def more() -> Iterator[ModuleType]:
    """The stage table with two more generators, of which one is not trained."""
    with papers_own(), more_generators(COPIER, FLAT):
        yield fresh("pipeline.stages")


def test_a_trained_generator_is_a_stage_of_its_own_and_changes_no_other_training(more):
    assert [stage.name for stage in more.STAGES] == ["corpus", "shards", "testsets", "ldnet", "fdgan", "copier", "evaluate", "report"]
    before = {stage.name: vars(stage) for stage in STAGES}
    changed = [stage.name for stage in more.STAGES if vars(stage) != before.get(stage.name)]
    assert changed == ["copier", "evaluate", "report"]
    copier = more.stage_of("copier")
    assert (copier.outputs, copier.plots, copier.params) == (("models/copier",), ("error",), ("copier", "training_seed"))
    modules = ("reenact/stages/generator.py", "reenact/stages/skip.py", "reenact/generators/copier/task.py")
    assert copier.sources == ("pipeline/rules/generators.smk", *modules)
    assert {stage.name for stage in more.stages_before(more.stage_of("predict"))} >= {"fdgan", "copier"}


def test_a_generator_that_is_not_trained_has_no_stage_and_its_parameters_decide_its_results(more):
    evaluate, report = more.stage_of("predict"), more.stage_of("report")
    for stage in (evaluate, report):
        assert "reenact/generators/flat/generator.py" in stage.sources and "reenact/generators/copier/model.py" in stage.sources
        assert "models/copier" in stage.inputs and not [path for path in stage.inputs if "flat" in path]
        assert "flat" in stage.params
    before, after = MoreParams(), MoreParams.model_validate({"flat": {"brightness": 0.7}})
    rules = [rule for stage in more.STAGES for rule in stage.rules]
    assert [rule for rule in rules if more.decided_by(rule, before) != more.decided_by(rule, after)] == ["predict", "report"]


def test_a_generator_that_is_switched_off_changes_its_own_stage_and_what_shows_results(more):
    before = MoreParams()
    after = before.model_copy(update={"copier": before.copier.model_copy(update={"enabled": False})})
    rules = [rule for stage in more.STAGES for rule in stage.rules]
    assert [rule for rule in rules if more.decided_by(rule, before) != more.decided_by(rule, after)] == ["copier", "predict", "report"]
    assert {"copier.enabled", "fdgan.enabled"} < set(more.stage_of("predict").params)


def test_the_page_of_metrics_is_as_generated():
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert with_table(page) == page, "run: make generated"
