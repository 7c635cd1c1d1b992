"""An iteration's turns against the same iteration written out, with a generator and a judge that learn against one another."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from torch import nn

from reenact.training.objective import Objective
from reenact.training.turns import Turn, run_iteration


class Batch(NamedTuple):
    given: torch.Tensor
    wanted: torch.Tensor

    def split(self, parts):
        return [Batch(*each) for each in zip(self.given.chunk(parts), self.wanted.chunk(parts), strict=True)]


class Rivals:
    """A judge learns to score what is generated low; then a generator learns to be scored high by it."""

    def __init__(self, micro_batches: int) -> None:
        torch.manual_seed(0)
        self.generator, self.judge = nn.Linear(3, 2).double(), nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()
        self.micro_batches, self.forwards, self.ended = micro_batches, [], 0
        first, second = (Objective([net], torch.optim.SGD, lr=0.3) for net in (self.judge, self.generator))
        self.turns = (Turn({"judge": first}, self.judge_losses), Turn({"generator": second}, self.generator_losses))

    def forward(self, batch):
        self.forwards.append(torch.is_grad_enabled())
        return self.generator(batch.given)

    def judge_losses(self, batch, made):
        return {"judge": (self.judge(made.detach()) + 1).square().mean() + (self.judge(batch.wanted) - 1).square().mean()}

    def generator_losses(self, batch, made):
        return {"generator": self.judge(made).square().mean(), "seen": made.mean()}

    def end_iteration(self):
        self.ended += 1


def weights(rivals: Rivals) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for net in (rivals.generator, rivals.judge) for weight in net.parameters()])


@pytest.fixture
def batches() -> list[Batch]:
    random = torch.Generator().manual_seed(1)
    return [Batch(*(torch.randn(12, side, generator=random, dtype=torch.float64) for side in (3, 2))) for _ in range(3)]


def test_a_turn_sees_the_networks_as_the_turn_before_left_them(batches):
    rivals, hand = Rivals(1), Rivals(1)
    for batch in batches:
        made = hand.generator(batch.given)
        judge_loss = hand.judge_losses(batch, made)["judge"]
        slopes = torch.autograd.grad(judge_loss, list(hand.judge.parameters()))
        with torch.no_grad():
            for weight, slope in zip(hand.judge.parameters(), slopes, strict=True):
                weight -= 0.3 * slope
        generator_loss = hand.judge(made).square().mean()
        generator_slopes = torch.autograd.grad(generator_loss, list(hand.generator.parameters()))
        with torch.no_grad():
            for weight, slope in zip(hand.generator.parameters(), generator_slopes, strict=True):
                weight -= 0.3 * slope
        told = run_iteration(rivals, batch)
        expected = {"judge": judge_loss, "generator": generator_loss, "seen": made.mean()}
        for name, each in (("judge", slopes), ("generator", generator_slopes)):
            expected[f"gradient_norm/{name}"] = torch.sqrt(sum(slope.square().sum() for slope in each))
        assert told.keys() == expected.keys()
        for name, value in expected.items():
            torch.testing.assert_close(told[name], value.detach())
    torch.testing.assert_close(weights(rivals), weights(hand))
    assert rivals.forwards == [True] * 3 and rivals.ended == 3


@pytest.mark.parametrize("parts", [2, 3, 12])
def test_parts_of_a_batch_move_the_networks_as_the_whole_does(batches, parts):
    whole, parted = Rivals(1), Rivals(parts)
    for batch in batches:
        one, other = run_iteration(whole, batch), run_iteration(parted, batch)
        for name, value in one.items():
            torch.testing.assert_close(other[name], value)
    torch.testing.assert_close(weights(parted), weights(whole))
    # The judge's turn needs no graph of what is generated.
    assert parted.forwards == ([False] * parts + [True] * parts) * 3 and parted.ended == 3
