"""How fast generators learn: that the plain training is the same one, and that time and operations are counted right."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.generators import noise, waited_iterations, waiting_share
from benchmarks.plain_training import make_plain
from benchmarks.speed import counted, make_task
from reenact.config.presets import apply_preset
from reenact.generators.pair_training.phase import PairPhase
from reenact.generators.registry import trained
from reenact.training.turns import Turn, run_iteration

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["dense", "fdgan", "pix2pixhd"])
def test_the_plain_training_learns_the_same(name: str, tiny_shard: Path) -> None:
    """Two iterations: the second one's losses are of moved weights."""
    params, cpu = apply_preset(ROOT, "tiny", ["device=cpu"]), torch.device("cpu")
    (tuned,), (other,) = (make_task(name, params, tiny_shard, cpu, precision="float32").phases() for _ in range(2))
    batch = noise(64, 2)
    plain = make_plain(other, batch)
    for _ in range(2):
        losses, expected = run_iteration(tuned, batch), plain()
        assert {key: loss.item() for key, loss in losses.items()} == pytest.approx(
            {k: each.item() for k, each in expected.items()}, rel=1e-3
        )


@pytest.mark.parametrize("name", trained())
def test_the_plain_training_is_in_contiguous_memory(name: str, tiny_shard: Path) -> None:
    """All maps and weights; and no layer works in place. Those of the tuned training are channels-last."""
    params, cpu = apply_preset(ROOT, "tiny", ["device=cpu"]), torch.device("cpu")
    (tuned,), (other,) = (make_task(name, params, tiny_shard, cpu, precision="float32").phases() for _ in range(2))
    batch = noise(64, 2)
    plain = make_plain(other, batch)
    assert not all_contiguous(tuned, lambda: run_iteration(tuned, batch)) and all_contiguous(other, plain)
    assert not any(getattr(layer, "inplace", False) for layer in layers_of(other))


def layers_of(phase: PairPhase) -> list[nn.Module]:
    """The layers that hold no others, of all of a phase's networks."""
    networks = [part for part in phase.state().values() if isinstance(part, nn.Module)]
    return [layer for network in networks for layer in network.modules() if not list(layer.children())]


def all_contiguous(phase: PairPhase, step: Callable[[], object]) -> bool:
    """Whether all weights, and all maps (B, C, H, W) that layers are given and give in an iteration, are in contiguous memory."""
    layers, maps = layers_of(phase), []

    def keep(_: nn.Module, given: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
        maps.extend(each.is_contiguous() for each in (given[0], out) if each.ndim == 4)

    hooks = [layer.register_forward_hook(keep) for layer in layers]
    step()
    for hook in hooks:
        hook.remove()
    assert maps
    return all(maps) and all(weight.is_contiguous() for layer in layers for weight in layer.parameters())


def test_the_waiting_share_of_a_training_that_waits_three_quarters_of_its_time(tiny_shard: Path) -> None:
    cpu = torch.device("cpu")
    task = make_task("fdgan", apply_preset(ROOT, "tiny", ["device=cpu"]), tiny_shard, cpu)
    (phase,) = task.phases()
    phase.iterations = 12  # of a third of a second, in which a busy machine's delays do not count

    def slow_batches(start: int):
        while True:
            time.sleep(0.24)
            yield noise(64, 2)

    def forward(batch) -> None:
        time.sleep(0.08)

    turn = Turn({}, lambda batch, made: {"reconstruction": torch.zeros(())})
    phase.batches, phase.forward, phase.turns, phase.end_iteration = slow_batches, forward, (turn,), lambda: None
    assert waiting_share(task, cpu) == pytest.approx(0.75, abs=0.15)


def test_the_waiting_is_told_from_seconds_of_training_however_short_an_iteration_is() -> None:
    """Two seconds a repeat, an iteration a repeat at least, and the four batches that were read ahead."""
    assert waited_iterations(0.02, 1) == 104
    assert waited_iterations(0.01, 3) == 604
    assert waited_iterations(30.0, 3) == 7


def test_operations_are_two_for_each_weight_of_a_convolution_and_place() -> None:
    layer, image = nn.Conv2d(3, 5, 3, padding=1), torch.zeros(2, 3, 8, 6)
    assert counted(lambda: layer(image)) == 2 * (5 * 3 * 3 * 3) * (2 * 8 * 6)
