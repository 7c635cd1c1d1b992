from __future__ import annotations

import pytest
import torch
from torch import nn

from reenact.training.objective import Objective


def update(objective: Objective, loss: torch.Tensor) -> torch.Tensor:
    objective.add(loss)
    return objective.step()


def descend(objective: Objective, weight: nn.Module) -> float:
    """How far one update moves a weight down a slope of 1: for plain gradient descent, the learning rate."""
    before = weight.weight.item()
    update(objective, weight(torch.ones(1, 1)).sum())
    return before - weight.weight.item()


def test_only_the_objectives_own_modules_move():
    torch.manual_seed(0)
    generator, judge = nn.Linear(2, 2), nn.Linear(2, 1)
    objective = Objective([generator], torch.optim.SGD, lr=0.5)
    before, judged = generator.weight.detach().clone(), judge.weight.detach().clone()
    update(objective, judge(generator(torch.ones(1, 2))).sum())
    # d loss / d W_ij = judge_i · x_j with x = 1, so one step of 0.5 moves each row by half the judge's weight.
    torch.testing.assert_close(generator.weight, before - 0.5 * judged.T.expand(2, 2))
    assert torch.equal(judge.weight, judged)
    assert judge.weight.grad is None


def test_gradients_do_not_add_up_over_updates():
    weight = nn.Linear(1, 1, bias=False)
    objective = Objective([weight], torch.optim.SGD, lr=1.0)
    start = weight.weight.item()
    for _ in range(3):
        update(objective, weight(torch.ones(1, 1)).sum())
    assert abs(weight.weight.item() - (start - 3)) < 1e-6


def test_an_objective_goes_on_with_the_optimisers_state():
    """With momentum the second step is longer than the first, also if an objective that loaded the state takes it."""
    first, other = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    objectives = [Objective([net], torch.optim.SGD, lr=1.0, momentum=0.5) for net in (first, other)]
    update(objectives[0], first(torch.ones(1, 1)).sum())
    objectives[1].load_state_dict(objectives[0].state_dict())
    assert descend(objectives[1], other) == pytest.approx(1.5)


def test_every_module_of_an_objective_moves():
    nets = nn.Linear(1, 1), nn.Linear(1, 1)
    before = [[weight.detach().clone() for weight in net.parameters()] for net in nets]
    update(Objective(nets, torch.optim.SGD, lr=1.0), nets[1](nets[0](torch.ones(1, 1))).sum())
    assert not any(torch.equal(a, b) for old, net in zip(before, nets, strict=True) for a, b in zip(old, net.parameters(), strict=True))


def test_the_learning_rate_grows_evenly_through_the_warm_up_and_stays():
    weight = nn.Linear(1, 1, bias=False)
    objective = Objective([weight], torch.optim.SGD, warm_up=4, lr=0.5)
    assert [descend(objective, weight) for _ in range(6)] == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5, 0.5], rel=1e-4)


def test_the_learning_rate_falls_to_nothing_by_a_given_iteration():
    weight = nn.Linear(1, 1, bias=False)
    objective = Objective([weight], torch.optim.SGD, falls_until=4, lr=1.0)
    half = 0.5**0.5  # the cosine of 45 degrees
    wanted = [1.0, (1 + half) / 2, 0.5, (1 - half) / 2, 0.0, 0.0]
    assert [descend(objective, weight) for _ in range(6)] == pytest.approx(wanted, abs=1e-6)


def test_without_a_warm_up_the_learning_rate_is_the_same_from_the_first_update_on():
    weight = nn.Linear(1, 1, bias=False)
    objective = Objective([weight], torch.optim.SGD, lr=0.5)
    assert [descend(objective, weight) for _ in range(3)] == pytest.approx([0.5] * 3, rel=1e-4)


def test_an_objective_goes_on_in_the_warm_up_where_the_state_was_taken(tmp_path):
    first, other = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    objectives = [Objective([net], torch.optim.SGD, warm_up=5, lr=1.0) for net in (first, other)]
    assert [descend(objectives[0], first) for _ in range(2)] == pytest.approx([0.2, 0.4], rel=1e-4)
    torch.save(objectives[0].state_dict(), tmp_path / "state.pt")
    objectives[1].load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    for objective, net in zip(objectives, (first, other), strict=True):
        assert [descend(objective, net) for _ in range(4)] == pytest.approx([0.6, 0.8, 1.0, 1.0], rel=1e-4)


def test_gradients_of_parts_add_up_to_one_step_and_its_norm():
    weight = nn.Linear(2, 1, bias=False)
    objective = Objective([weight], torch.optim.SGD, lr=1.0)
    start = weight.weight.detach().clone()
    for part in ([[3.0, 0.0]], [[0.0, 4.0]]):
        objective.add(weight(torch.tensor(part)).sum())
    assert objective.step().item() == pytest.approx(5)
    torch.testing.assert_close(weight.weight, start - torch.tensor([[3.0, 4.0]]))
    assert objective.steps == 1
