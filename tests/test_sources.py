"""A stage's sources follow from what its step imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sources import source_files, source_hash

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "pipeline/rules/bake.smk", "rule bake:")
    write(tmp_path, "reenact/__init__.py", "")
    write(tmp_path, "reenact/steps/__init__.py", "")
    write(tmp_path, "reenact/steps/bake.py", "from reenact.oven import heat\nfrom reenact.errors import ReenactError\nimport numpy\n")
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


def test_sources_are_the_rules_the_imports_and_their_data(project):
    assert source_files("bake", project) == (
        "pipeline/rules/bake.smk",
        "reenact/__init__.py",
        "reenact/fuel.py",
        "reenact/oven/__init__.py",
        "reenact/oven/heat.py",
        "reenact/oven/table.json",
        "reenact/steps/bake.py",
    )


@pytest.mark.parametrize("changed", ["pipeline/rules/bake.smk", "reenact/fuel.py", "reenact/oven/table.json"])
def test_the_hash_follows_a_source(project, changed):
    before = source_hash("bake", project)
    write(project, changed, "# changed")
    assert source_hash("bake", project) != before


@pytest.mark.parametrize("changed", ["reenact/elsewhere.py", "reenact/errors.py", "reenact/oven/__pycache__/heat.1.nbc"])
def test_the_hash_ignores_what_decides_nothing(project, changed):
    before = source_hash("bake", project)
    write(project, changed, "# changed")
    assert source_hash("bake", project) == before


def test_a_report_change_retrains_nothing():
    assert not any(
        name.startswith("reenact/report/") for stage in ("corpus", "shards", "ldnet", "fdgan") for name in source_files(stage, ROOT)
    )


def test_networks_do_not_depend_on_each_other():
    assert not any(name.startswith("reenact/fdgan/") for name in source_files("ldnet", ROOT))
    assert not any(name.startswith("reenact/ldnet/") for name in source_files("fdgan", ROOT))


@pytest.mark.parametrize("stage", ["shards", "ldnet", "fdgan", "evaluate", "report"])
def test_what_reads_the_corpus_and_test_sets_does_not_depend_on_their_makers(stage):
    makers = ("reenact/corpus/synthetic/", "reenact/corpus/manifest.py", "reenact/testsets/lmtest_build.py")
    assert not [name for name in source_files(stage, ROOT) if name.startswith(makers)]


@pytest.mark.parametrize("stage", ["shards", "ldnet", "fdgan"])
def test_no_network_depends_on_the_head_model(stage):
    assert not [name for name in source_files(stage, ROOT) if name.startswith("reenact/faces/headmodel/")]


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
    assert "reenact/elsewhere.py" in source_files("bake", project)
