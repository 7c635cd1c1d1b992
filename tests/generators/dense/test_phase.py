"""One iteration of the dense generator's training against its losses, and what it learns that no flow can show."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from reenact.config.networks import Schedule
from reenact.generators.dense.losses import dissimilarity
from reenact.generators.dense.region import mouth_and_eyes
from reenact.generators.warp.generator import Warp
from reenact.pixels import to_images, to_tensor
from reenact.training.turns import run_iteration

CPU = torch.device("cpu")


def test_an_iteration_reports_the_weighted_sum_of_its_losses(params, phase_of, changed, two_faces):
    phase = phase_of("dense", changed(params, "dense", weight_mouth_and_eyes=3.0, weight_structure=2.0))
    network = deepcopy(phase.network)
    target, wanted, truth, _ = phase.pairs(two_faces)
    got = {name: loss.item() for name, loss in run_iteration(phase, two_faces).items()}
    with torch.no_grad():
        generated = network(target, wanted)
    importance = 1 + 3 * mouth_and_eyes(wanted.landmarks, 64)
    reconstruction = ((generated - truth).abs() * importance).mean().item()
    structure = dissimilarity(generated, truth).item()
    expected = {"dense": reconstruction + 2 * structure, "reconstruction": reconstruction, "structure": structure}
    assert {name: got[name] for name in expected} == pytest.approx(expected, rel=1e-3)


def test_a_step_is_adams_and_the_first_are_small(params, phase_of, two_faces):
    """Adam's first step moves a weight by the learning rate, which a warm-up raises from next to nothing."""
    phase = phase_of("dense", params)
    rate = params.dense.schedule.learning_rate
    sizes = []
    for _ in range(2):
        before = [weight.detach().clone() for weight in phase.network.parameters()]
        run_iteration(phase, two_faces)
        moves = [(old - new).abs().max().item() for old, new in zip(before, phase.network.parameters(), strict=True)]
        sizes.append(max(moves))
    assert 0 < sizes[0] < rate / 10
    assert sizes[0] < sizes[1] < 3 * sizes[0]


def test_what_the_warp_cannot_show_is_painted(params, phase_of, changed, two_faces):
    """The warp cannot show the opened mouth. The network paints it, so its error falls far below the warp's."""
    schedule = Schedule(learning_rate=5e-3, batch_size=2, iterations=150)
    phase = phase_of("dense", changed(params, "dense", schedule=schedule))
    losses = [run_iteration(phase, two_faces)["reconstruction"].item() for _ in range(schedule.iterations)]
    warp = Warp(64, None, CPU)
    pictures = [
        warp.generate(warp.encode(image, before), after[None])
        for image, before, after in zip(
            to_images(two_faces.target), two_faces.target_landmarks.numpy(), two_faces.driver_landmarks.numpy(), strict=True
        )
    ]
    importance = 1 + params.dense.weight_mouth_and_eyes * mouth_and_eyes(two_faces.driver_landmarks, 64)
    warped = ((to_tensor(np.concatenate(pictures), CPU) - two_faces.driver).abs() * importance).mean().item()
    assert losses[0] > warped > 2 * np.mean(losses[-10:])
