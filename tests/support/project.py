"""A copy of the project, and the real tools run in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from pipeline.stages import stage_of
from reenact.files import sha256_files

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
MINUTES_20 = 1200
NOTHING = "Nothing to be done"
# What `reenact sync` says once both tools found nothing to do.
AGREE = "DVC and Snakemake agree"
RESULTS = ("data/manifest", "data/truth", "data/shards", "data/testsets", "models", "results")


@dataclass(frozen=True)
class Project:
    """A clone of the project in `root`, driven by the tools of this environment."""

    root: Path

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project; with `check`, a failure shows its output."""
        result = subprocess.run(
            command, cwd=self.root, env=self.environment(**environment), capture_output=True, text=True, timeout=MINUTES_20, check=False
        )
        if check and result.returncode:
            pytest.fail(f"{' '.join(command)} exited with {result.returncode}:\n{result.stdout}\n{result.stderr}", pytrace=False)
        return result

    def start(self, *command: str, stderr: int = subprocess.DEVNULL, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, which can be killed whole; of its output only `stderr` can be kept."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment(**environment),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
        )

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a user who activated the virtual environment, in which this clone's own code comes first."""
        path = os.pathsep.join([str(Path(sys.executable).parent), more.pop("PATH", os.environ["PATH"])])
        return {**os.environ, "PATH": path, "PYTHONPATH": str(self.root), **more}

    def mlflow(self) -> MlflowClient:
        """A client of this project's runs; unlike mlflow.set_tracking_uri it leaves the environment of later commands alone."""
        return MlflowClient(tracking_uri=f"sqlite:///{self.root / 'mlflow.db'}")

    def runs(self, where: str = "") -> list[Run]:
        """The MLflow runs of this project that fit MLflow's filter `where`."""
        client = self.mlflow()
        return list(client.search_runs([client.get_experiment_by_name("reenact").experiment_id], where))

    def has_nothing_to_do(self) -> bool:
        """Whether Snakemake finds everything up to date."""
        dry = self.run("snakemake", "all", "--dry-run")
        return NOTHING in dry.stdout + dry.stderr

    def stages_changed(self) -> set[str]:
        """The stages that DVC finds changed in themselves, without those that only follow from them."""
        return set(json.loads(self.run("dvc", "status", "--json").stdout))

    def stages_planned(self) -> set[str]:
        """The stages of which `snakemake all` would run a rule now."""
        return {stage_of(rule).name for rule in self.planned() if rule != "all"}

    def agrees(self) -> bool:
        """Whether both tools find everything up to date."""
        return self.has_nothing_to_do() and not self.stages_changed()

    def planned(self) -> dict[str, int]:
        """The rules that `snakemake all` would run now, each with its number of jobs."""
        dry = self.run("snakemake", "all", "--dry-run", "--quiet", "rules")
        said = dry.stdout + dry.stderr
        if table := re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)total ", said, re.MULTILINE):
            return {rule: int(count) for rule, count in map(str.split, table[1].splitlines())}
        if NOTHING not in said:
            pytest.fail(f"Snakemake's dry run says neither what it would run nor that there is nothing to do:\n{said}", pytrace=False)
        return {}


def clone(target: Path) -> Project:
    """A git repository with the files of this one as they lie in the working tree, committed."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    project = Project(target)
    project.run("git", "init", "--quiet")
    commit(project, "Start")
    return project


def commit(project: Project, subject: str) -> None:
    """Commit everything that git does not ignore."""
    project.run("git", "add", "--all")
    project.run("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "--allow-empty", "-m", subject)


def wait_for(condition: Callable[[], T], process: subprocess.Popen, seconds: float = 480) -> T:
    """Return what `condition` gives once that is true; fail if `process` ends before, or time runs out."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert process.poll() is None, "the process ended before it could be killed"
        assert time.monotonic() < deadline, "nothing to kill turned up in time"
        time.sleep(0.05)
    return found


def append(project: Project, name: str) -> None:
    """Add a line to a source file that changes nothing but the file's content."""
    path = project.root / name
    line = {".html": "{# changed #}", ".css": "/* changed */"}.get(path.suffix, "# changed")
    path.write_text(f"{path.read_text()}\n{line}\n")


def rules_run(output: str) -> set[str]:
    """The rules of which `snakemake` finished a job, `all` left out."""
    return set(re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)", output, re.MULTILINE)) - {"all"}


def stages_run(output: str) -> set[str]:
    """The stages whose commands `dvc repro` ran."""
    return {line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage '")}


def results(project: Project) -> dict[str, str]:
    """The SHA-256 of every file that the workflow made and DVC keeps: measured times are others each time, and it keeps none."""
    paths = [path for top in RESULTS for path in (project.root / top).rglob("*") if path.is_file() and not path.name.startswith(".")]
    return sha256_files(project.root, sorted(path for path in paths if path.stem != "performance"))


def without_page(made: dict[str, str]) -> dict[str, str]:
    """`results` but for the report page, which names the MLflow runs: those of another run are others."""
    return {name: sha256 for name, sha256 in made.items() if name != "results/report.html"}
