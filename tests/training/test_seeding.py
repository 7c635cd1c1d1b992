from __future__ import annotations

import pytest
import torch

from reenact.training.torch_seed import torch_seed


def drawn(seed: int, *names: str | int) -> torch.Tensor:
    with torch_seed(seed, *names):
        return torch.rand(4)


def test_what_is_drawn_follows_from_seed_and_names_alone():
    torch.manual_seed(3)
    first = drawn(1, "ldnet", "phase1")
    torch.rand(7)
    assert torch.equal(first, drawn(1, "ldnet", "phase1"))
    others = [drawn(2, "ldnet", "phase1"), drawn(1, "ldnet", "phase2"), drawn(1, "ldnet"), drawn(1, "phase1", "ldnet")]
    assert not any(torch.equal(first, other) for other in others)


def test_pytorchs_own_numbers_go_on_as_if_nothing_had_been_drawn():
    torch.manual_seed(3)
    undisturbed = torch.rand(2), torch.rand(2)
    torch.manual_seed(3)
    before = torch.rand(2)
    drawn(1, "x")
    with pytest.raises(KeyError), torch_seed(1, "x"):
        raise KeyError
    assert torch.equal(before, undisturbed[0]) and torch.equal(torch.rand(2), undisturbed[1])
