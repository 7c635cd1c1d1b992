"""Makes small changes in copies of the working tree, and runs the tests of each changed module."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome

from tests.mutants.changes import Identity, identify

SLOWER = 3  # a changed module that takes this many times as long hangs, or as good as
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Outcome:
    """What became of one change."""

    identity: Identity
    caught: bool
    diff: str
    output: str


def tests_of(root: Path, file: str) -> list[str]:
    """The tests of a module: the folder that mirrors its package, its own file first, so that the first failure comes soon."""
    _, package, *_, name = Path(file).parts
    own = sorted((root / "tests" / package).glob(f"test_{Path(name).stem}*.py"))
    return [str(path.relative_to(root)) for path in own] + [f"tests/{package}"]


def command(tests: list[str]) -> str:
    """Stops at the first failure; order as given."""
    return f"{sys.executable} -m pytest -x -q -p no:cacheprovider {' '.join(tests)}"


def seconds_alone(root: Path, package: str) -> float:
    """How long the tests of `package` take without any change. SystemExit where they fail: then nothing can be said."""
    before = time.monotonic()
    done = subprocess.run(command([f"tests/{package}"]).split(), cwd=root, env=os.environ | NO_BYTECODE, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The tests of {package} fail without any change:\n{done.stdout[-3000:]}")
    return time.monotonic() - before


def try_all(root: Path, specs: list[MutationSpec], limits: dict[str, float], processes: int, deadline: float) -> Iterator[Outcome]:
    """The outcome of each of `specs` that can be begun before `deadline` (time.monotonic()).

    `limits` has the seconds that the tests of each package may take.
    """
    with _copies(root, processes) as folders, ProcessPoolExecutor(processes) as pool:
        pending = iter(specs)
        running = {}
        while True:
            while len(running) < processes and time.monotonic() < deadline and (spec := next(pending, None)) is not None:
                folder = folders.pop()
                running[pool.submit(_try_one, folder, spec, limits[Path(spec.module_path).parts[1]])] = folder
            if not running:
                return
            done = next(as_completed(running))
            folders.append(running.pop(done))
            yield done.result()


def _try_one(folder: Path, spec: MutationSpec, seconds: float) -> Outcome:
    os.chdir(folder)
    os.environ.update(NO_BYTECODE, PYTHONPATH=str(folder))
    result = mutate_and_test([spec], command(tests_of(folder, str(spec.module_path))), seconds)
    if result.test_outcome is None or result.test_outcome is TestOutcome.INCOMPETENT:
        raise RuntimeError(f"{spec} could not be tried: {result.output}")
    return Outcome(identify(folder, spec), result.test_outcome is TestOutcome.KILLED, result.diff or "", result.output or "")


@contextmanager
def _copies(root: Path, count: int) -> Iterator[list[Path]]:
    """So many copies of what git knows of the tree, each to be changed by one process at a time."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as parent:
        folders = [Path(parent, str(k)) for k in range(count)]
        for folder in folders:
            for name in filter(None, listed.stdout.split("\0")):
                if (root / name).is_file():
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(root / name, folder / name)
        yield folders
