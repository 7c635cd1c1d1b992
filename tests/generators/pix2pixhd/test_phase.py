"""One iteration of Pix2PixHD's training against the same iteration written out by hand."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import nn

from reenact.training import checkpoint
from reenact.training.turns import run_iteration

CPU = torch.device("cpu")
RATE = 1e-3  # of the fixture `params`


def adam(network: nn.Module, loss: torch.Tensor, moments: dict[torch.Tensor, tuple[torch.Tensor, torch.Tensor]], step: int) -> None:
    """A step of Adam with beta1 0.5 and beta2 0.999."""
    weights = list(network.parameters())
    for weight, slope in zip(weights, torch.autograd.grad(loss, weights, retain_graph=True), strict=True):
        first, second = moments.get(weight, (torch.zeros_like(weight), torch.zeros_like(weight)))
        first, second = 0.5 * first + 0.5 * slope, 0.999 * second + 0.001 * slope**2
        moments[weight] = first, second
        weight.data -= RATE * (first / (1 - 0.5**step)) / ((second / (1 - 0.999**step)).sqrt() + 1e-8)


def alike(network: nn.Module, other: nn.Module) -> float:
    """The share of weights that are the same to a twentieth of the learning rate."""
    moved, wanted = (torch.cat([weight.detach().flatten() for weight in n.parameters()]) for n in (network, other))
    return ((moved - wanted).abs() < 0.05 * RATE).float().mean().item()


def test_iterations_are_those_of_the_losses(params, phase_of, changed, two_faces):
    """D, G and G's EMA, for two iterations, and the losses that are reported."""
    phase = phase_of("pix2pixhd", changed(params, "pix2pixhd", weight_feature_matching=3.0))
    network, judges, average = deepcopy(phase.network), deepcopy(phase.discriminators), deepcopy(phase.network)
    moments: dict = {}
    target, wanted, truth, _ = phase.pairs(two_faces)
    seen = torch.cat([target.image, target.landmark_image, wanted.landmark_image], 1)
    for step in (1, 2):
        generated = network(target, wanted)
        real, fake = judges(seen, truth), judges(seen, generated.detach().clone())
        loss_d = sum(((r[-1] - 1) ** 2).mean() + (f[-1] ** 2).mean() for r, f in zip(real, fake, strict=True)) / 2
        adam(judges, loss_d, moments, step)
        real, fake = judges(seen, truth), judges(seen, generated)
        matching = sum((a.detach() - b).abs().mean() for r, f in zip(real, fake, strict=True) for a, b in zip(r[:4], f[:4], strict=True))
        loss_g = sum(((f[-1] - 1) ** 2).mean() for f in fake) + 3 * matching
        rec = ((generated - truth) ** 2).mean()
        adam(network, loss_g, moments, step)
        keep = step / (step + 9)
        for mean, weight in zip(average.parameters(), network.parameters(), strict=True):
            mean.data = keep * mean.data + (1 - keep) * weight.data
        expected = {"discriminator": loss_d, "generator": loss_g, "feature_matching": matching, "reconstruction": rec}
        got = run_iteration(phase, two_faces)
        assert {key: got[key].item() for key in expected} == pytest.approx({key: x.item() for key, x in expected.items()}, rel=2e-3)
        # Adam divides by the slope's own size: weights whose slope is next to nothing go either way. The generator's second step has more
        # of these, as its slopes come through the discriminators' kinks.
        for trained, other, share in ((phase.discriminators, judges, 0.99), (phase.network, network, 0.99 if step == 1 else 0.85)):
            assert alike(trained, other) > share
    assert alike(phase.average, average) > 0.8
    assert [objective.optimiser.defaults["betas"] for objective in phase.objectives.values()] == [(0.5, 0.999)] * 2


def test_a_checkpoint_holds_all_that_the_next_iteration_needs(tmp_path, params, phase_of, two_faces):
    phase, other = phase_of("pix2pixhd", params), phase_of("pix2pixhd", params.model_copy(update={"training_seed": 9}))
    run_iteration(phase, two_faces)
    checkpoint.save(tmp_path, 1, phase.state())
    assert checkpoint.restore(tmp_path, other.state(), CPU) == 1
    run_iteration(phase, two_faces)
    run_iteration(other, two_faces)
    assert {"pix2pixhd", "discriminators", "average"} < phase.state().keys()
    for name, part in phase.state().items():
        if isinstance(part, nn.Module):
            assert all(torch.equal(a, b) for a, b in zip(part.parameters(), other.state()[name].parameters(), strict=True)), name
