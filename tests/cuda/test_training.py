"""Trainings on the device: they go on where they stopped, compiled they learn the same, and no iteration waits for the device."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from reenact.generators.registry import trained
from reenact.training import checkpoint
from reenact.training.curves import Curves
from reenact.training.task import Task
from reenact.training.trainer import Trainer
from reenact.training.turns import run_iteration
from reenact.training.watcher import NullWatcher

PHASES = ("phase1", "phase2")  # of LD-Net
TRAININGS = (*trained(), *PHASES)
ITERATIONS = 4  # compiled, warmed up, captured, and played back
# docs/gpu.md states them, as relative differences: of losses of a compiled network, and of the step after going on.
SAME = 5e-3
NEXT_STEP = 0.1


class Stopped(Exception):
    """The process ends here."""


class StopsAt(NullWatcher):
    """A watcher that ends the training once the checkpoint of an iteration is written."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def samples(self, name: str, make: Callable[[], object], iteration: int) -> None:
        make()
        if iteration == self.iteration:
            raise Stopped


@pytest.mark.usefixtures("deterministic")
@pytest.mark.parametrize("stops", [25, 85], ids=PHASES)
def test_ldnet_goes_on_to_the_same_bytes(stops: int, device: torch.device, task_of: Callable[..., Task], tmp_path: Path) -> None:
    """Stopped in either phase."""

    def train(folder: Path, watcher: NullWatcher) -> Path:
        task = task_of("ldnet", device)
        Trainer(1, {}, folder / "state", folder / "out", task.params.checkpoint_every, device, watcher).train(task)
        return folder / "out"

    through = train(tmp_path / "through", NullWatcher())
    with pytest.raises(Stopped):
        train(tmp_path / "stopped", StopsAt(stops))
    gone_on = train(tmp_path / "stopped", NullWatcher())
    for file in ("model.safetensors", "curves.csv"):
        assert (gone_on / file).read_bytes() == (through / file).read_bytes(), file


@pytest.mark.usefixtures("deterministic")
@pytest.mark.parametrize("name", trained())
def test_a_generator_goes_on_by_the_same_step(name: str, device: torch.device, phase_of: Callable[..., Any], tmp_path: Path) -> None:
    """From a checkpoint: the step is that of the training which did not stop, but for sums that CUDA makes in no fixed order."""
    phase, other = phase_of(name, device), phase_of(name, device)
    batches = phase.batches(0)
    for _ in range(6):
        run_iteration(phase, next(batches))
    checkpoint.save(tmp_path, 6, phase.state())
    assert checkpoint.restore(tmp_path, other.state(), device) == 6
    before = weights(phase)
    assert torch.equal(weights(other), before)
    run_iteration(phase, next(batches))
    other.samples()  # which leaves no trace
    run_iteration(other, next(iter(other.batches(6))))
    step, step_of_other = (weights(each) - before for each in (phase, other))
    assert step.norm() > 0
    assert (step - step_of_other).norm() <= NEXT_STEP * step.norm()


def weights(phase: Any) -> torch.Tensor:
    """All weights that a phase's optimisers move, (N,)."""
    networks = [part for part in phase.state().values() if isinstance(part, torch.nn.Module) and part is not phase.average]
    return torch.cat([each.detach().reshape(-1).double() for network in networks for each in network.parameters()])


@pytest.mark.cuda
@pytest.mark.parametrize(("name", "parts"), [*((name, 1) for name in TRAININGS), ("fdgan", 2), ("phase2", 2)])
def test_compiled_networks_learn_the_same(name: str, parts: int, cuda: torch.device, phase_of: Callable[..., Any]) -> None:
    """Their kernels are captured as graphs, and what these give lasts through all turns and parts of an iteration."""
    from torch._inductor import cudagraph_trees  # it takes seconds to load

    torch.compiler.reset()
    whole = {"weight_contrast": 0.0} if name == "phase2" and parts > 1 else {}  # the contrast compares all of a batch
    losses = [told(phase_of(name, cuda, compile=compiled, micro_batches=parts, **whole)) for compiled in (False, True)]
    for plain, compiled in zip(*losses, strict=True):
        assert compiled == pytest.approx(plain, rel=SAME)
    graphs = cudagraph_trees.get_manager(torch.cuda.current_device(), create_if_none_exists=False)
    assert graphs is not None and graphs.new_graph_id().id > 0


def told(phase: Any) -> list[dict[str, float]]:
    """The losses of the first iterations."""
    batches = phase.batches(0)
    return [{name: loss.item() for name, loss in run_iteration(phase, next(batches)).items()} for _ in range(ITERATIONS)]


@pytest.mark.cuda
@pytest.mark.parametrize("name", TRAININGS)
def test_no_iteration_waits_for_the_device(name: str, cuda: torch.device, phase_of: Callable[..., Any]) -> None:
    """The processor gives out the next iteration while the device is at work; losses are read at the curves' points only."""
    phase, curves = phase_of(name, cuda), Curves()
    batches = phase.batches(0)
    for iteration in range(3):
        with waiting_is_an_error() if iteration else nullcontext():
            curves.add(iteration, run_iteration(phase, next(batches)))
    assert all(map(math.isfinite, curves.point(3).values()))


@contextmanager
def waiting_is_an_error() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.cuda
def test_parts_of_a_batch_take_less_memory(cuda: torch.device, phase_of: Callable[..., Any]) -> None:
    """The peak is counted afresh for each."""
    peaks = []
    for parts in (1, 2):
        phase = phase_of("fdgan", cuda, image_size=256, micro_batches=parts)
        batches = phase.batches(0)
        run_iteration(phase, next(batches))
        torch.cuda.reset_peak_memory_stats()
        run_iteration(phase, next(batches))
        peaks.append(torch.cuda.max_memory_allocated() - torch.cuda.memory_allocated())
    assert peaks[1] < 0.8 * peaks[0]


@pytest.mark.cuda
def test_batches_wait_in_page_locked_memory(cuda: torch.device, phase_of: Callable[..., Any]) -> None:
    """Pictures channels-last, as the device gets them: the copy is nothing but bytes."""
    batch = next(iter(phase_of("fdgan", cuda).batches(0)))
    parts = (batch.target, batch.target_landmarks, batch.target_drawn, batch.driver, batch.driver_landmarks, batch.driver_drawn)
    assert all(part.is_pinned() for part in (*parts, batch.subject))
    assert all(part.is_contiguous(memory_format=torch.channels_last) for part in parts if part.ndim == 4)


@pytest.mark.cuda
def test_processes_talk_by_nccl_of_what_is_on_the_device_and_by_gloo_of_the_rest(
    cuda: torch.device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group of one process, made as `training.distributed.joined` makes it for several."""
    for library in ("GLOO", "NCCL"):
        monkeypatch.setenv(f"{library}_SOCKET_IFNAME", "lo")  # a bare machine may have no other network
    dist.init_process_group("cpu:gloo,cuda:nccl", init_method=f"file://{tmp_path / 'meeting'}", rank=0, world_size=1)
    try:
        for device in (torch.device("cpu"), cuda):
            values = torch.ones(3, device=device)
            dist.all_reduce(values)
            assert values.tolist() == [1.0, 1.0, 1.0]
    finally:
        dist.destroy_process_group()
