"""Makes small changes in copies of the working tree, and runs the tests of each changed module."""

from __future__ import annotations

import difflib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cosmic_ray.plugins
import pytest
from cosmic_ray.mutating import use_mutation
from cosmic_ray.work_item import MutationSpec

from tests.mutants.changes import Identity, identify

# Imported once for all runs, each of which is a fork: this takes longer than most tests that catch a change.
LIBRARIES = ("av", "cv2", "dlib", "numba", "pandas", "pyarrow.parquet", "scipy.linalg", "sklearn.decomposition", "torch", "typer")
# Tests of whole commands that take minutes are not run: what they alone would notice counts as unnoticed.
LONG = ("tests/shards/test_strange_inputs.py", "tests/shards/test_interrupted.py")
# Where a change lets tests run so many times as long as alone, it hangs, or as good as.
SLOWER = 3


@dataclass(frozen=True)
class Outcome:
    """What became of one change: caught where a test failed or the time was over."""

    identity: Identity
    caught: bool
    diff: str


def tests_of(root: Path, file: str) -> list[str]:
    """The tests of a module: the folder that mirrors its package, its own file first, so that the first failure comes soon."""
    package, name = Path(file).parts[1], Path(file).stem
    own = sorted((root / "tests" / package).glob(f"test_{name}*.py"))
    return [str(path.relative_to(root)) for path in own] + [f"tests/{package}"]


def seconds_alone(root: Path, package: str) -> float:
    """How long the tests of `package` take without any change. SystemExit where they fail: then nothing can be said."""
    before = time.monotonic()
    passed, output = _passes(root, [f"tests/{package}"], 3600)
    if not passed:
        raise SystemExit(f"The tests of {package} fail without any change:\n{output[-3000:]}")
    return time.monotonic() - before


def try_all(root: Path, specs: list[MutationSpec], limits: dict[str, float], processes: int, deadline: float) -> Iterator[Outcome]:
    """The outcome of each of `specs` that can be begun before `deadline` (time.monotonic()).

    `limits` has the seconds that the tests of each package may take.
    """
    with _copies(root, processes) as folders, ProcessPoolExecutor(processes, get_context("fork")) as pool:
        pending = iter(specs)
        running = {}
        while True:
            while folders and time.monotonic() < deadline and (spec := next(pending, None)) is not None:
                folder = folders.pop()
                running[pool.submit(_try_one, folder, spec, limits[Path(spec.module_path).parts[1]])] = folder
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                folders.append(running.pop(done))
                yield done.result()


def load_libraries() -> None:
    """Import what tests need from elsewhere."""
    os.environ["OMP_NUM_THREADS"] = "1"  # a fork has none of its parent's threads
    for name in LIBRARIES:
        importlib.import_module(name)


def _try_one(folder: Path, spec: MutationSpec, seconds: float) -> Outcome:
    identity = identify(folder, spec)
    operator = cosmic_ray.plugins.get_operator(spec.operator_name)()
    with use_mutation(folder / spec.module_path, operator, spec.occurrence) as (before, after):
        passed, _ = _passes(folder, tests_of(folder, str(spec.module_path)), seconds)
    name = str(spec.module_path)
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=2, lineterm="")
    return Outcome(identity, not passed, "\n".join(diff))


def _passes(folder: Path, tests: list[str], seconds: float) -> tuple[bool, str]:
    """Whether the tests in `folder` pass within the time, in a fork of this process, and what pytest printed."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            os._exit(_run_pytest(folder, tests, output.fileno()))
        status = _wait(child, time.monotonic() + seconds)
        output.seek(0)
        return status == 0, output.read()


def _run_pytest(folder: Path, tests: list[str], output: int) -> int:
    os.setsid()
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(folder)
    sys.dont_write_bytecode = True  # a file may change twice within the second that byte code is stamped with
    sys.path[:] = [str(folder), *(path for path in sys.path if path and not Path(path, "tests", "mutants").is_dir())]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tests", "reenact")]:
        del sys.modules[name]
    os.environ["PYTHONPATH"] = str(folder)
    status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *(f"--ignore={path}" for path in LONG), *tests])
    sys.stdout.flush()
    return int(status)


def _wait(child: int, deadline: float) -> int:
    """The child's exit status; -1 where it had to be killed, with all that it started."""
    ended = False
    try:
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status
            time.sleep(0.05)
        return -1
    finally:  # also where the user stops everything
        if not ended:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)


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
