from __future__ import annotations

import torch
from torch import nn

from reenact.training.phase import Phase


def test_only_the_phases_own_modules_move():
    torch.manual_seed(0)
    generator, judge = nn.Linear(2, 2), nn.Linear(2, 1)
    phase = Phase([generator], torch.optim.SGD, lr=0.5)
    before, judged = generator.weight.detach().clone(), judge.weight.detach().clone()
    phase.update(judge(generator(torch.ones(1, 2))).sum())
    # d loss / d W_ij = judge_i · x_j with x = 1, so one step of 0.5 moves each row by half the judge's weight.
    torch.testing.assert_close(generator.weight, before - 0.5 * judged.T.expand(2, 2))
    assert torch.equal(judge.weight, judged)
    assert judge.weight.grad is None


def test_gradients_do_not_add_up_over_updates():
    weight = nn.Linear(1, 1, bias=False)
    phase = Phase([weight], torch.optim.SGD, lr=1.0)
    start = weight.weight.item()
    for _ in range(3):
        phase.update(weight(torch.ones(1, 1)).sum())
    assert abs(weight.weight.item() - (start - 3)) < 1e-6


def test_a_phase_goes_on_with_the_optimisers_state():
    """Momentum: the second step is longer than the first, also when it is taken by a phase that took over the state."""
    first, other = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    phases = [Phase([net], torch.optim.SGD, lr=1.0, momentum=0.5) for net in (first, other)]
    phases[0].update(first(torch.ones(1, 1)).sum())
    phases[1].load_state_dict(phases[0].state_dict())
    start = other.weight.item()
    phases[1].update(other(torch.ones(1, 1)).sum())
    assert abs(other.weight.item() - (start - 1.5)) < 1e-6


def test_every_module_of_a_phase_moves():
    nets = nn.Linear(1, 1), nn.Linear(1, 1)
    before = [[weight.detach().clone() for weight in net.parameters()] for net in nets]
    Phase(nets, torch.optim.SGD, lr=1.0).update(nets[1](nets[0](torch.ones(1, 1))).sum())
    assert not any(torch.equal(a, b) for old, net in zip(before, nets, strict=True) for a, b in zip(old, net.parameters(), strict=True))
