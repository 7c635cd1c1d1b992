from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import nn

from reenact.training.average import average_of, move_average


@pytest.mark.parametrize(("done", "keep"), [(1, 1 / 10), (2, 2 / 11), (21, 21 / 30), (5001, 0.995)])
def test_the_ema_forgets_the_first_weights_soon(done, keep):
    """Its decay while few steps are done is done / (done + 9)."""
    torch.manual_seed(0)
    network, average = nn.Linear(3, 2), nn.Linear(3, 2).requires_grad_(False)
    before = deepcopy(average)
    move_average(average, network, 0.995, done)
    for old, new, weight in zip(before.parameters(), average.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(new, keep * old + (1 - keep) * weight.detach(), rtol=1e-4, atol=1e-5)
        assert not new.requires_grad


def test_without_a_decay_the_average_is_the_network():
    network = nn.Linear(3, 2)
    average = average_of(network, 0.0)
    with torch.no_grad():
        network.weight.add_(1.0)
    move_average(average, network, 0.0, 7)
    assert torch.equal(average.weight, network.weight) and network.weight.requires_grad


def test_an_average_begins_as_the_network_and_stays_while_that_moves():
    network = nn.Linear(3, 2)
    before = network.weight.detach().clone()
    average = average_of(network, 0.9)
    with torch.no_grad():
        network.weight.add_(1.0)
    assert torch.equal(average.weight, before) and not any(parameter.requires_grad for parameter in average.parameters())
