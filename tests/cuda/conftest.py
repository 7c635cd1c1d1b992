"""What is compared with the processor: a CUDA device, in tests marked `cuda`, and else the processor itself with another number of threads.

These tests import nothing but what a training imports, so that they run on a machine that has no more (`python -m benchmarks.gpu`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Without it, sums of matrix products may differ from run to run; read when CUDA is first used.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import pytest
import torch

from benchmarks.made_up import make_shard, make_table
from reenact.config.presets import apply_preset
from reenact.config.schema import Params
from reenact.generators.registry import GENERATORS, trained
from reenact.ldnet.task import LDNetTask
from reenact.shards.reader import LandmarkTable
from reenact.training.device import pick_device
from reenact.training.task import Task

ROOT = Path(__file__).parents[2]
SIZES = [f"{name}.image_size=128" for name in trained()]
PHASES = ("phase1", "phase2")  # of LD-Net


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(pytest.mark.skip(reason="PyTorch sees no CUDA device"))


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    """The processor with two threads, or the CUDA device."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield pick_device(request.param)
    torch.set_num_threads(threads)


@pytest.fixture
def cuda() -> torch.device:
    """The CUDA device, for what no other device does."""
    return pick_device("cuda")


@pytest.fixture
def deterministic() -> Iterator[None]:
    """PyTorch takes the algorithm that does not depend on the order of threads, wherever it has one."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def params() -> Params:
    """Every network small, in float32.

    Pictures are large enough for rounding in one place not to count, and steps so small that it does not grow from step to step.
    """
    phases = [f"ldnet.{phase}" for phase in PHASES]
    rates = [f"{each}.learning_rate=1e-5" for each in (*phases, *(f"{name}.schedule" for name in trained()))]
    return apply_preset(ROOT, "tiny", [*rates, *(f"{name}.precision=float32" for name in ("ldnet", *trained())), *SIZES])


@pytest.fixture(scope="session")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up people."""
    path = tmp_path_factory.mktemp("shard") / "shard.parquet"
    make_shard(path)
    return path


@pytest.fixture(scope="session")
def table() -> LandmarkTable:
    """Landmarks of made-up people."""
    return make_table(12, 20)


@pytest.fixture
def task_of(params: Params, shard: Path, table: LandmarkTable) -> Callable[..., Task]:
    """A network's training on a device, values of its section changed: `task_of("fdgan", device, precision="bfloat16")`."""

    def make(name: str, device: torch.device, **changed: object) -> Task:
        changed_params = params.model_copy(update={name: getattr(params, name).model_copy(update=changed)})
        if name == "ldnet":
            return LDNetTask(changed_params.ldnet, table, params.training_seed, device)
        return GENERATORS[name].make_task(changed_params, [shard], device)

    return make


@pytest.fixture
def phase_of(task_of: Callable[..., Task]) -> Callable[..., Any]:
    """The phase of a generator's training, or one of LD-Net's: `phase_of("phase2", device)`."""

    def make(name: str, device: torch.device, **changed: object) -> Any:
        found = None
        for found in task_of("ldnet" if name in PHASES else name, device, **changed).phases():
            if found.name == name:
                break
        return found

    return make
