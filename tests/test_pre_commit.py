"""A commit is checked as `make lint` checks the tree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]


def commands_of_lint() -> set[str]:
    """The tools that `make lint` runs, and those of the targets that it needs, without what they are run on."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = [re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE) for target in ("lint", "docs")]
    lines = [line.strip() for recipe in recipes if recipe for line in recipe[1].splitlines()]
    return {tool(re.sub(r"^[A-Z_0-9]+=\S+ ", "", line)) for line in lines}


def tool(command: str) -> str:
    """A command without options and files."""
    words = command.split()
    if words[0] == "python":
        return " ".join(words[:3])
    return " ".join(words[:2]) if words[0] in ("ruff", "mkdocs") else words[0]


def hooks() -> list[dict[str, str]]:
    (repository,) = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")["repos"]
    return repository["hooks"]


def test_every_tool_of_make_lint_has_a_hook_and_no_other():
    assert {tool(hook["entry"]) for hook in hooks()} == commands_of_lint()


def test_a_commit_with_a_fault_is_refused(tmp_path):
    """The real pre-commit, in a repository of its own, on a file that ruff refuses."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@e", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (tmp_path / ".pre-commit-config.yaml").write_text((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (tmp_path / "fault.py").write_text("import os\n")
    subprocess.run([*git, "add", "."], check=True)
    ruff = [Path(sys.executable).with_name("pre-commit"), "run", "ruff", "--files", "fault.py"]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    refused = subprocess.run(ruff, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "F401" in refused.stdout, refused.stdout + refused.stderr
    (tmp_path / "fault.py").write_text("")
    passed = subprocess.run(ruff, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout + passed.stderr
