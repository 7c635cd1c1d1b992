"""The stage table: which rules, parameters, sources, inputs and outputs make up each stage.

Snakemake's rules and DVC's stages both follow from it, so that both rerun a stage for the same reasons.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reenact.params import Params
from reenact.workspace import FDGAN, LDNET, LISTS, MANIFEST, METRICS, PREDICTIONS, SHARDS, TESTSETS, TRUTH

_SHARED = ("reenact/files.py", "reenact/seeding.py", "reenact/workspace.py")
_HEAD_MODEL = "reenact/faces/headmodel"
_READERS = ("reenact/shards/schema.py", "reenact/shards/reader.py", "reenact/shards/frames.py", "reenact/shards/images.py")


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline.

    Attributes:
        rules: its Snakemake rules, each with the dotted keys of params.yaml that decide its result.
        sources: files and folders whose contents decide its result.
        inputs: what it reads of earlier stages.
        outputs: what it makes, for DVC to version.
        persist: keep the outputs while the stage runs again, because only some of them are made anew.
        metrics: JSON files among the outputs with figures to compare.
        plots: CSV files within the outputs with curves to draw.
    """

    name: str
    rules: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    persist: bool = False
    metrics: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()

    @property
    def params(self) -> tuple[str, ...]:
        """Every key that decides one of the stage's rules, sorted; a section stands for the keys below it."""
        keys = {key for rule in self.rules.values() for key in rule}
        return tuple(sorted(key for key in keys if not any(key.startswith(f"{other}.") for other in keys)))


STAGES: tuple[Stage, ...] = (
    Stage(
        name="corpus",
        rules={
            "manifest": (
                "seed",
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
            "truth": ("seed", "corpus"),
        },
        sources=(*_SHARED, "reenact/corpus", _HEAD_MODEL, "reenact/video", "reenact/steps/corpus.py", "pipeline/rules/corpus.smk"),
        inputs=(),
        outputs=(MANIFEST, TRUTH),
        persist=True,
    ),
    Stage(
        name="shards",
        rules={"shard": ("shards",), "ledger": ("shards",)},
        sources=(
            *_SHARED,
            "reenact/video",
            "reenact/faces/crop.py",
            "reenact/faces/detector.py",
            "reenact/faces/landmarks.py",
            "reenact/faces/models.py",
            "reenact/faces/track.py",
            "reenact/shards/schema.py",
            "reenact/shards/writer.py",
            "reenact/shards/ledger.py",
            "reenact/shards/extract.py",
            "reenact/steps/shards.py",
            "pipeline/rules/shards.smk",
        ),
        inputs=(LISTS,),
        outputs=(SHARDS,),
        persist=True,
    ),
    Stage(
        name="testsets",
        rules={"testsets": ("seed", "testsets", "corpus.synthetic")},
        sources=(
            *_SHARED,
            *_READERS,
            "reenact/testsets",
            _HEAD_MODEL,
            "reenact/corpus/synthetic",
            "reenact/steps/testsets.py",
            "pipeline/rules/testsets.smk",
        ),
        inputs=(f"{SHARDS}/test",),
        outputs=(TESTSETS,),
    ),
    Stage(
        name="ldnet",
        rules={"ldnet": ("seed", "ldnet")},
        sources=(*_SHARED, *_READERS, "reenact/ldnet", "reenact/training", "reenact/steps/training.py", "pipeline/rules/ldnet.smk"),
        inputs=(f"{SHARDS}/train", f"{TRUTH}/landmarks.parquet"),
        outputs=(LDNET,),
        plots=(f"{LDNET}/curves.csv",),
    ),
    Stage(
        name="fdgan",
        rules={"fdgan": ("seed", "fdgan")},
        sources=(
            *_SHARED,
            *_READERS,
            "reenact/shards/pairs.py",
            "reenact/shards/plan.py",
            "reenact/fdgan",
            "reenact/training",
            "reenact/steps/training.py",
            "pipeline/rules/fdgan.smk",
        ),
        inputs=(f"{SHARDS}/train",),
        outputs=(FDGAN,),
        plots=(f"{FDGAN}/curves.csv",),
    ),
    Stage(
        name="evaluate",
        rules={"predict": ("evaluate.placement", "evaluate.batch_size"), "score": ("seed", "evaluate")},
        sources=(
            *_SHARED,
            *_READERS,
            "reenact/evaluation",
            "reenact/metrics",
            "reenact/faces/embedding.py",
            "reenact/faces/models.py",
            "reenact/steps/evaluate.py",
            "pipeline/rules/evaluate.smk",
        ),
        inputs=(f"{SHARDS}/test", TESTSETS, LDNET, FDGAN),
        outputs=(PREDICTIONS,),
        metrics=tuple(f"{METRICS}/table{number}.json" for number in (1, 2, 3)),
    ),
    Stage(
        name="report",
        rules={"report": ("seed", "corpus", "shards", "testsets", "ldnet", "fdgan", "evaluate")},
        sources=(*_SHARED, *_READERS, "reenact/report", "reenact/video", "reenact/steps/report.py", "pipeline/rules/report.smk"),
        inputs=(SHARDS, TESTSETS, LDNET, FDGAN, PREDICTIONS, METRICS),
        outputs=("results/tables", "results/figures", "results/crosstest.mp4", "results/report.html"),
    ),
)


def stage_of(rule: str) -> Stage:
    """The stage that the Snakemake rule belongs to; KeyError where there is none."""
    return {name: entry for entry in STAGES for name in entry.rules}[rule]


def decided_by(rule: str, params: Params) -> str:
    """The parameters that decide a rule's result, as canonical JSON: equal text means that nothing need run again."""
    values = params.model_dump(mode="json")
    return json.dumps({key: _lookup(values, key) for key in stage_of(rule).rules[rule]}, sort_keys=True)


def source_hash(stage: Stage, root: Path) -> str:
    """SHA-256 over the paths and contents of a stage's sources, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in source_files(stage, root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def source_files(stage: Stage, root: Path) -> list[Path]:
    """Every file among a stage's sources, sorted; FileNotFoundError where the table names one that is gone."""
    files: set[Path] = set()
    for source in stage.sources:
        path = root / source
        if path.is_dir():
            files.update(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        elif path.is_file():
            files.add(path)
        else:
            raise FileNotFoundError(
                f"pipeline/stages.py names {source} as a source of stage {stage.name}, but there is no such file or folder."
            )
    return sorted(files)


def _lookup(values: dict[str, Any], dotted: str) -> Any:
    for part in dotted.split("."):
        values = values[part]
    return values
