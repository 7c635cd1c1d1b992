# From raw videos to the paper's tables: snakemake all
import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT))

from pipeline.guards.snapshot import begin, check_end
from pipeline.environment import use_own_tools
from pipeline.launch import launcher
from pipeline.guards.changed_outputs import remember_contents
from pipeline.source_hash import Sources
from pipeline.stages import FROZEN_SETS, SCORES, STAGES, TABLES, decided_by, stages_before
from pipeline.guards.preconditions import start
from reenact.errors import ReenactError
from reenact.evaluation.enabled import enabled
from reenact.generators.registry import trained
from reenact.files import require_utf8_names
from reenact.config.schema import PARAMS_FILE
from reenact.config.load import load_params
from reenact.workspace import (
    LDNET,
    LISTS,
    LMTEST_INPUTS,
    MANIFEST,
    METRICS,
    NOT_TRAINED,
    PREDICTIONS,
    SHARDS,
    SPLITS,
    TESTSETS,
    TRUTH,
    shard_count,
)

use_own_tools(ROOT)
SOURCES = Sources(ROOT)

try:
    require_utf8_names()
    # A job reads the parameters that its run began with.
    PARAMS = load_params(PARAMS_FILE if workflow.is_main_process else None)
    ENABLED = [name for name, entry in enabled(PARAMS).items() if entry.is_trained]
    GUARD = start(Path(), PARAMS, workflow) if workflow.is_main_process else None
    BEGINNING = begin(Path(), SOURCES, PARAMS) if workflow.is_main_process else None
except ReenactError as error:
    raise WorkflowError(str(error)) from None
CODE = {rule: digest for stage in STAGES for digest in [SOURCES.hash(stage.sources)] for rule in stage.rules}
LAUNCH = launcher(PARAMS.processes, os.environ)
NUMBERS = {split: [f"{number:05d}" for number in range(shard_count(PARAMS, split))] for split in SPLITS}


report: "pipeline/captions/workflow.rst"


wildcard_constraints:
    split="|".join(SPLITS),
    number=r"\d{5}",


localrules:
    all,


onsuccess:
    remember_contents(Path())
    check_end(BEGINNING, workflow.persistence)


onerror:
    check_end(BEGINNING, workflow.persistence)


include: "pipeline/rules/common.smk"


for path in dict.fromkeys(stage.rules_path for stage in STAGES):

    include: path


OUTPUTS = {stage.name: list(getattr(rules, f"{stage.name}_stage").input) for stage in STAGES}
for stage in STAGES:
    for before in stages_before(stage):
        # Snakemake misses no intermediate file: where a job before it failed, a stage that was made earlier would pass for current.
        workflow.get_rule(f"{stage.name}_stage").set_input(*OUTPUTS[before.name])


rule all:
    default_target: True
    input:
        # Every stage's outputs: those of the last alone would leave a shard or a network that was deleted unnoticed.
        list(OUTPUTS.values()),
