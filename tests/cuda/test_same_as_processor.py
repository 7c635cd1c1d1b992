"""Every network and loss computes on the device what it computes on the processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.made_up import SIDE, landmarks
from reenact.config.schema import Params
from reenact.faces.crop_settings import CropSettings
from reenact.generators.base import Generator
from reenact.generators.registry import GENERATORS, trained
from reenact.generators.trained import TrainedGenerator
from reenact.training.torch_seed import torch_seed
from reenact.training.turns import run_iteration
from tests.support.iterations import differences, iteration

CPU = torch.device("cpu")
TRAININGS = (*trained(), "phase1", "phase2")
# docs/gpu.md states them. Relative, of norms: see `differences`.
FLOAT32 = {"made": 5e-4, "losses": 1e-3, "gradients": 2e-2}
BFLOAT16 = {"made": 3e-2, "losses": 0.1, "gradients": 0.6}
LEVELS = 0.05  # of 255: the mean difference of pictures in float32


def over(found: dict[str, float], most: dict[str, float]) -> dict[str, float]:
    """The differences that are larger than they may be."""
    return {kind: value for kind, value in found.items() if not value <= most[kind]}


@pytest.mark.parametrize("name", TRAININGS)
def test_an_iteration_is_that_of_the_processor(name: str, device: torch.device, phase_of: Callable[..., Any]) -> None:
    """What the networks make, every loss, and every gradient."""
    phase, other = phase_of(name, CPU), phase_of(name, device)
    found = differences(iteration(phase, next(iter(phase.batches(0)))), iteration(other, next(iter(other.batches(0)))))
    assert over(found, FLOAT32) == {}


@pytest.mark.parametrize("name", TRAININGS)
def test_bfloat16_is_near_float32(name: str, device: torch.device, phase_of: Callable[..., Any]) -> None:
    """And not nearer than it can be: it would not be bfloat16, or `differences` would see none."""
    phase, other = phase_of(name, CPU), phase_of(name, device, precision="bfloat16")
    found = differences(iteration(phase, next(iter(phase.batches(0)))), iteration(other, next(iter(other.batches(0)))))
    assert over(found, BFLOAT16) == {}
    assert over(found, FLOAT32) != {}


@pytest.mark.parametrize("name", TRAININGS)
def test_autocast_computes_layers_in_bfloat16_and_keeps_weights_and_losses(
    name: str, device: torch.device, phase_of: Callable[..., Any]
) -> None:
    phase, given = phase_of(name, device, precision="bfloat16"), set()
    networks = [part for part in phase.state().values() if isinstance(part, nn.Module)]
    kinds = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
    layers = [layer for network in networks for layer in network.modules() if isinstance(layer, kinds)]
    for layer in layers:
        layer.register_forward_hook(lambda _, inputs, output: given.add(output.dtype))
    losses = run_iteration(phase, next(iter(phase.batches(0))))
    assert given == {torch.bfloat16}
    assert {each.dtype for each in losses.values()} == {torch.float32}
    assert {each.dtype for network in networks for each in network.parameters()} == {torch.float32}


@pytest.mark.parametrize("name", GENERATORS)
def test_pictures_are_those_of_the_processor(name: str, device: torch.device, params: Params) -> None:
    (target, *wanted), image = landmarks(1, 9)[0] * (64 / SIDE), np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    image = image.repeat(8, 0).repeat(8, 1)

    def pictures(made: Generator) -> np.ndarray:
        return made.generate(made.encode(image, target), np.stack(wanted)).astype(float)

    assert np.abs(pictures(made(name, params, CPU)) - pictures(made(name, params, device))).mean() < LEVELS


def made(name: str, params: Params, device: torch.device) -> Generator:
    """A generator, one that is trained as it is at first."""
    entry = GENERATORS[name]
    if not entry.is_trained:
        params = params.model_copy(update={name: getattr(params, name).model_copy(update={"image_size": 64})})
        return entry.make(params, device)
    with torch_seed(1, name):
        network = entry.network_class()(getattr(params, name))
    return TrainedGenerator(network.to(device).eval(), 64, CropSettings.of(params.shards), torch.float32)
