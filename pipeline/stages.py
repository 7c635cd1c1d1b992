"""The stage table: the rules, parameters, inputs and outputs of each stage. Its sources follow from its imports.

Snakemake's rules and DVC's stages both follow from this table, so both rerun a stage for the same reasons.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reenact.config.data import ShardsParams
from reenact.config.schema import EvaluateParams, Params
from reenact.generators.registry import GENERATORS, Entry, trained
from reenact.workspace import LDNET, LISTS, LMTEST_INPUTS, MANIFEST, METRICS, PREDICTIONS, SHARDS, TESTSETS, TRUTH

# What decides a shard's bytes: not how many there are, nor how much may be left out.
SHARD_KEYS = tuple(f"shards.{key}" for key in ShardsParams.model_fields if key not in {"max_left_out", "train_shards", "test_shards"})
TABLES = (1, 2, 3, 4)
# Besides the tables: every metric of every row, what is odd about them, and the values of each frame.
SCORES = ("scores.json", "sanity.json", "frames.parquet")
# What decides the figures: not which portraits the report shows.
NOT_SCORED = {"portraits", "placement", "residual", "batch_size"}
SCORE_KEYS = tuple(f"evaluate.{key}" for key in EvaluateParams.model_fields if key not in NOT_SCORED)
# What is read of the test sets. Not the pictures rendered for LMTest: Snakemake compares a folder by its time, DVC by its content.
FROZEN_SETS = tuple(f"{TESTSETS}/{name}" for name in ("lmtest.parquet", "selftest.json", "crosstest.json"))
# How a face is followed through a video.
TRACKING_KEYS = ("shards.detect_every", "shards.detector_upsampling")


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline.

    Attributes:
        rules: its Snakemake rules, each with the dotted keys of params.yaml that decide its result.
        inputs: what it reads of earlier stages.
        outputs: what it makes, for DVC to version.
        plans_with: rules of earlier stages that its own are planned with. They have nothing to do.
        forces: rules that run whenever DVC finds the stage changed. They look at the corpus, and write only what changed.
        persist: keep the outputs while the stage runs again, because only some of them are made anew.
        metrics: JSON files among the outputs with figures to compare.
        plots: columns of `curves.csv` in the stage's output to draw over the iterations, each in a plot of its own.
        pictures: pictures among the outputs that DVC shows of two versions side by side.
        rule_file: its rules' file in pipeline/rules, where that is not NAME.smk.
        modules: files of the library that its rules run, and folders of such, where that is not reenact/stages/NAME.py.
    """

    name: str
    rules: Mapping[str, tuple[str, ...]]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    plans_with: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()
    persist: bool = False
    metrics: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    rule_file: str = ""
    modules: tuple[str, ...] = ()

    @property
    def rules_path(self) -> str:
        """The file of its rules."""
        return f"pipeline/rules/{self.rule_file or f'{self.name}.smk'}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its sources begin (`pipeline.source_hash`)."""
        return (self.rules_path, *(self.modules or (f"reenact/stages/{self.name}.py",)))

    @property
    def params(self) -> tuple[str, ...]:
        """Every key that decides one of the stage's rules, sorted. A section stands for the keys below it."""
        keys = {key for rule in self.rules.values() for key in rule}
        return tuple(sorted(key for key in keys if not any(key.startswith(f"{other}.") for other in keys)))


def _generator_stage(entry: Entry) -> Stage:
    """A generator that is trained has a stage of its own, enabled or not, so that a change of one trains no other."""
    return Stage(
        name=entry.name,
        rules={entry.name: ("training_seed", entry.name)},
        inputs=(f"{SHARDS}/train",),
        outputs=(entry.folder,),
        plots=entry.plots,
        rule_file="generators.smk",
        modules=("reenact/stages/generator.py", "reenact/stages/skip.py", f"reenact/generators/{entry.name}/task.py"),
    )


# Generators and metrics are found by name while a rule runs: no import leads to them.
GENERATING = tuple(entry.source for entry in GENERATORS.values())
GENERATOR_FOLDERS = tuple(entry.folder for entry in trained().values())
# The generators' sections of the parameters. One that is not trained may do without.
SECTIONS = tuple(name for name in GENERATORS if name in Params.model_fields)
# What decides the predictions: which generators are enabled, and all of one that is not trained.
GENERATING_KEYS = tuple(f"{name}.enabled" if GENERATORS[name].is_trained else name for name in SECTIONS)

STAGES: tuple[Stage, ...] = (
    Stage(
        name="corpus",
        rules={
            "manifest": (
                "data_seed",
                "corpus.kind",
                "corpus.path",
                "corpus.train_subjects",
                "corpus.test_subjects",
                "corpus.clips_per_subject",
                "corpus.test_share",
                "corpus.synthetic",
                "shards.train_shards",
                "shards.test_shards",
            ),
            "truth": ("data_seed", "corpus"),
        },
        inputs=(),
        outputs=(MANIFEST, TRUTH),
        forces=("manifest",),
        persist=True,
    ),
    Stage(
        name="shards",
        rules={"shard": SHARD_KEYS, "ledger": ("shards",)},
        inputs=(LISTS,),
        outputs=(SHARDS,),
        plans_with=("manifest",),
        persist=True,
    ),
    Stage(
        name="testsets",
        rules={
            "lmtest_inputs": ("face_model", "testsets.portraits", "testsets.performer"),
            "testsets": ("data_seed", "face_model", "testsets", "corpus.synthetic", *TRACKING_KEYS),
        },
        inputs=(f"{SHARDS}/test",),
        outputs=(TESTSETS,),
    ),
    Stage(
        name="ldnet",
        rules={"ldnet": ("training_seed", "ldnet")},
        inputs=(f"{SHARDS}/train", f"{TRUTH}/landmarks.parquet"),
        outputs=(LDNET,),
        plots=("phase1/reconstruction", "phase1/adversary", "phase2/reconstruction", "phase2/identity"),
    ),
    *(_generator_stage(entry) for entry in trained().values()),
    Stage(
        name="evaluate",
        rules={
            "predict": ("evaluate.placement", "evaluate.residual", "evaluate.batch_size", *GENERATING_KEYS),
            "score": ("data_seed", "face_model", *SCORE_KEYS),
        },
        inputs=(f"{TRUTH}/frames.parquet", f"{SHARDS}/test", LMTEST_INPUTS, *FROZEN_SETS, LDNET, *GENERATOR_FOLDERS),
        outputs=(PREDICTIONS, *(f"{METRICS}/{name}" for name in SCORES)),
        persist=True,
        metrics=tuple(f"{METRICS}/table{number}.json" for number in TABLES),
        modules=("reenact/stages/evaluate.py", *GENERATING, "reenact/metrics"),
    ),
    Stage(
        name="report",
        rules={"report": ("data_seed", "training_seed", "face_model", "corpus", "shards", "testsets", "ldnet", *SECTIONS, "evaluate")},
        inputs=(
            f"{MANIFEST}/manifest.parquet",
            f"{TRUTH}/frames.parquet",
            SHARDS,
            *FROZEN_SETS,
            LDNET,
            *GENERATOR_FOLDERS,
            PREDICTIONS,
            METRICS,
        ),
        outputs=("results/tables", "results/figures", "results/crosstest.mp4", "results/report.html"),
        pictures=tuple(f"results/figures/{name}.jpg" for name in ("selftest", "crosstest")),
        modules=("reenact/stages/report.py", *GENERATING, "reenact/metrics"),
    ),
)


def stages_before(stage: Stage) -> tuple[Stage, ...]:
    """The stages that make what `stage` reads, and those before them, in the table's order."""
    direct = {
        other.name
        for other in STAGES
        for made in (*other.outputs, *other.metrics)
        if other.name != stage.name
        and any(read == made or read.startswith(f"{made}/") or made.startswith(f"{read}/") for read in stage.inputs)
    }
    further = {name for other in STAGES if other.name in direct for name in (each.name for each in stages_before(other))}
    return tuple(other for other in STAGES if other.name in direct | further)


def stage_of(rule: str) -> Stage:
    """The stage that the Snakemake rule belongs to; KeyError where there is none."""
    return {name: entry for entry in STAGES for name in entry.rules}[rule]


def decided_by(rule: str, params: Params) -> str:
    """The parameters that decide a rule's result, as canonical JSON. Equal text means that nothing need run again."""
    values = params.model_dump(mode="json")
    return json.dumps({key: _lookup(values, key) for key in stage_of(rule).rules[rule]}, sort_keys=True)


def _lookup(values: dict[str, Any], dotted: str) -> Any:
    for part in dotted.split("."):
        values = values[part]
    return values
