"""A stage's sources follow from what its modules import."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.source_hash import Sources
from pipeline.stages import STAGES
from reenact.generators.registry import GENERATORS, trained

ROOT = Path(__file__).parents[2]
BAKE = ("pipeline/rules/bake.smk", "reenact/stages/bake.py")
# FD-GAN with another dictionary.
BUILT_ON_FDGAN = {"dense", "single_row", "adain"}
STAGE = {stage.name: stage for stage in STAGES}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "pipeline/rules/bake.smk", "rule bake:")
    write(tmp_path, "reenact/__init__.py", "")
    write(tmp_path, "reenact/stages/__init__.py", "")
    write(tmp_path, "reenact/stages/bake.py", "from reenact.oven import heat\nfrom reenact.errors import ReenactError\nimport numpy\n")
    write(tmp_path, "reenact/oven/__init__.py", "")
    write(tmp_path, "reenact/oven/heat.py", "def heat():\n    from reenact import fuel\n")
    write(tmp_path, "reenact/oven/table.json", "{}")
    write(tmp_path, "reenact/fuel.py", "")
    write(tmp_path, "reenact/errors.py", "")
    write(tmp_path, "reenact/elsewhere.py", "")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def files(stage: str) -> tuple[str, ...]:
    """The sources of one of the project's own stages."""
    return Sources(ROOT).files(STAGE[stage].sources)


def test_sources_are_the_rules_the_imports_and_their_data(project):
    assert Sources(project).files(BAKE) == (
        "pipeline/rules/bake.smk",
        "reenact/__init__.py",
        "reenact/fuel.py",
        "reenact/oven/__init__.py",
        "reenact/oven/heat.py",
        "reenact/oven/table.json",
        "reenact/stages/__init__.py",
        "reenact/stages/bake.py",
    )


def test_an_import_runs_the_packages_above_it(project):
    """`import a.b.c` runs a and a.b first, and what they import."""
    write(project, "reenact/kitchen/__init__.py", "from reenact import elsewhere\n")
    write(project, "reenact/kitchen/shelf/__init__.py", "")
    write(project, "reenact/kitchen/shelf/salt.py", "")
    write(project, "reenact/fuel.py", "from reenact.kitchen.shelf import salt\n")
    found = Sources(project).files(BAKE)
    assert {"reenact/kitchen/__init__.py", "reenact/kitchen/shelf/salt.py", "reenact/elsewhere.py"} < set(found)


def test_a_folder_stands_for_its_modules(project):
    assert "reenact/elsewhere.py" not in Sources(project).files(BAKE)
    write(project, "reenact/spices/__init__.py", "")
    write(project, "reenact/spices/salt.py", "from reenact import elsewhere\n")
    assert {"reenact/spices/salt.py", "reenact/elsewhere.py"} < set(Sources(project).files((*BAKE, "reenact/spices")))


def test_what_is_imported_for_its_types_alone_decides_nothing(project):
    text = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from reenact import elsewhere\n"
    write(project, "reenact/fuel.py", text)
    assert "reenact/elsewhere.py" not in Sources(project).files(BAKE)


def test_a_missing_entry_is_an_error(project):
    with pytest.raises(FileNotFoundError, match="boil"):
        Sources(project).files(("reenact/stages/boil.py",))


@pytest.mark.parametrize("changed", ["pipeline/rules/bake.smk", "reenact/fuel.py", "reenact/oven/table.json"])
def test_the_hash_follows_a_source(project, changed):
    before = Sources(project).hash(BAKE)
    write(project, changed, "# changed")
    assert Sources(project).hash(BAKE) != before


@pytest.mark.parametrize("changed", ["reenact/elsewhere.py", "reenact/errors.py", "reenact/oven/__pycache__/heat.1.nbc"])
def test_the_hash_ignores_what_decides_nothing(project, changed):
    before = Sources(project).hash(BAKE)
    write(project, changed, "# changed")
    assert Sources(project).hash(BAKE) == before


def test_a_report_change_retrains_nothing():
    assert not any(name.startswith("reenact/report/") for stage in ("corpus", "shards", "ldnet", "fdgan") for name in files(stage))


def test_what_only_watches_retrains_nothing():
    watching = ("reenact/previews.py", "reenact/training/watcher.py", "pipeline/tracking/runs.py", "reenact/progress.py")
    assert not any(name in watching for network in ("ldnet", *trained()) for name in files(network))


def test_a_generator_depends_on_no_other_but_an_ablation_on_fdgan():
    for name in trained():
        allowed = {name, "fdgan"} if name in BUILT_ON_FDGAN else {name}
        others = tuple(f"reenact/generators/{other}/" for other in GENERATORS if other not in allowed)
        found = files(name)
        assert f"reenact/generators/{name}/task.py" in found and not [file for file in found if file.startswith(others)]
        assert "reenact/generators/registry.py" not in found, "a line for another generator would train this one anew"


def test_every_generator_and_every_metric_counts_where_results_are_made():
    expected = {f"reenact/generators/{name}/model.py" for name in trained()} | {"reenact/generators/warp/generator.py"}
    expected |= {"reenact/generators/trained.py"}
    expected |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "reenact" / "metrics").glob("*.py")}
    assert expected <= set(files("evaluate")) and expected <= set(files("report"))


def test_networks_do_not_depend_on_each_other():
    assert not any(name.startswith("reenact/generators/fdgan/") for name in files("ldnet"))
    assert not any(name.startswith("reenact/ldnet/") for name in files("fdgan"))


@pytest.mark.parametrize("stage", ["shards", "ldnet", "fdgan", "evaluate", "report"])
def test_what_reads_the_corpus_and_test_sets_does_not_depend_on_their_makers(stage):
    makers = ("reenact/synthetic/", "reenact/corpus/manifest.py", "reenact/testsets/lmtest_build.py")
    assert not [name for name in files(stage) if name.startswith(makers)]


@pytest.mark.parametrize("stage", ["shards", "ldnet", "fdgan"])
def test_no_network_depends_on_the_head_model(stage):
    assert not [name for name in files(stage) if name.startswith("reenact/face3d/headmodel/")]


@pytest.mark.parametrize(
    "block",
    [
        "if True:\n    pass\nelse:\n    {}",
        "try:\n    pass\nexcept OSError:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "match 1:\n    case 1:\n        {}",
        "for _ in ():\n    pass\nelse:\n    with open('a'):\n        {}",
        "class Oven:\n    async def heat(self):\n        while True:\n            {}",
    ],
)
@pytest.mark.parametrize("line", ["import reenact.elsewhere", "from reenact import elsewhere", "from reenact.elsewhere import heat as hot"])
def test_an_import_is_found_in_any_block(project, block, line):
    write(project, "reenact/fuel.py", block.format(line) + "\n")
    assert "reenact/elsewhere.py" in Sources(project).files(BAKE)


@pytest.mark.parametrize("after", ["", '@named("import")\ndef bake():\n    pass\n', 'TEXT = """import\ndef bake():\n"""\n'])
def test_an_import_behind_definitions_is_found_whatever_follows(project, after):
    write(project, "reenact/fuel.py", f"def heat():\n    pass\n\n\nfrom reenact import elsewhere\n{after}")
    assert "reenact/elsewhere.py" in Sources(project).files(BAKE)
