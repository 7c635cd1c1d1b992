"""What README and docs name must be there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from reenact.evaluation.paper import GENERATORS, OWN_GENERATOR

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_is_there(page):
    named = set(re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")))
    defined = {
        name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    assert named - defined == set()


# Files that CONTRIBUTING's trials added, and those whose names stand for any.
EXAMPLES = {"flat", "contrast", "tint", "still", "NAME"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_source_file_that_is_named_is_there(page):
    """By its path, or the end of it."""
    files = [
        path.relative_to(ROOT).as_posix()
        for folder in ("reenact", "pipeline", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    ]
    named = set(re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8")))
    missing = {name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)}
    assert {name for name in missing if EXAMPLES.isdisjoint(re.split(r"[/._]", name))} == set()


def test_the_changelog_leads_to_modules_that_are_there():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    now = text[text.index("where modules went") : text.index("## 0.1.0")]
    rows = [line.split("|")[2] for line in now.splitlines() if line.strip().startswith("| `")]
    assert rows
    for row in rows:
        room = ""
        for name in re.findall(r"`([\w.]+)`", row):
            if not re.match(r"reenact|\.", name):
                continue  # a name in a module
            room, module = (name.rpartition(".")[0], name) if name.startswith("reenact") else (room, room + name)
            path = ROOT / module.replace(".", "/")
            assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_the_layers_on_the_page_are_those_of_the_contract():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page[page.index("| layer, top first |") :].split("\n\n")[0]
    shown = re.findall(r"`(\w+)`", table)
    assert shown == [name for layer in contract["layers"] for name in layer.split(" | ")]


def test_the_papers_figures_on_the_page_are_the_papers():
    """ISIM of CrossTest, of the three that ours does not tell apart."""
    page = " ".join((ROOT / "docs/generators.md").read_text(encoding="utf-8").split())
    fdgan, single_row, adain = (GENERATORS["cross"][name]["isim"] for name in (OWN_GENERATOR, "single_row", "adain"))
    assert f"In the paper it does: {fdgan:.3f}, {single_row:.3f} and {adain:.3f}." in page
