"""How the dense generator's flow is mixed from given ones."""

from __future__ import annotations

import pytest
import torch

from reenact.generators.dense.motion import LARGEST_REFINEMENT, Motion

FLOWS = 4


@pytest.fixture
def motion() -> Motion:
    torch.manual_seed(0)
    return Motion(8, FLOWS)


@pytest.fixture
def features() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(2, 8, 16, 16)


@pytest.fixture
def flows() -> torch.Tensor:
    torch.manual_seed(2)
    return torch.rand(2, FLOWS, 2, 32, 32) * 2 - 1


def weights(motion: Motion, features: torch.Tensor) -> torch.Tensor:
    """How much each flow counts where, (B, FLOWS, 32, 32): what a flow of ones adds to flows of zeros."""
    nothing = torch.zeros(len(features), FLOWS, 2, 32, 32)
    found = []
    for flow in range(FLOWS):
        ones = nothing.clone()
        ones[:, flow] = 1
        found.append((motion(features, ones) - motion(features, nothing))[:, 0])
    return torch.stack(found, 1)


def refinement(motion: Motion, features: torch.Tensor) -> torch.Tensor:
    return motion(features, torch.zeros(len(features), FLOWS, 2, 32, 32))


@torch.no_grad()
def test_flows_are_mixed_with_weights_that_sum_to_one(motion, features, flows):
    share = weights(motion, features)
    assert share.min() > 0
    torch.testing.assert_close(share.sum(1), torch.ones(2, 32, 32), atol=1e-5, rtol=0)
    expected = (share.unsqueeze(2) * flows).sum(1) + refinement(motion, features)
    found = motion(features, flows)
    assert found.shape == (2, 2, 32, 32)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_at_first_the_last_flow_leads_and_is_hardly_refined(motion, features):
    share = weights(motion, features)
    assert share[:, -1].min() > 0.5
    assert share[:, -1].min() > 2 * share[:, :-1].max()
    assert refinement(motion, features).abs().mean() < 0.03


@torch.no_grad()
@pytest.mark.parametrize("chosen", range(FLOWS))
def test_a_flow_that_is_chosen_alone_is_given_as_it_is(motion, features, flows, chosen):
    last = motion.layers[-1]
    last.weight.zero_()
    last.bias.zero_()
    last.bias[chosen] = 100.0
    torch.testing.assert_close(motion(features, flows), flows[:, chosen], atol=1e-6, rtol=0)


@torch.no_grad()
def test_a_refinement_is_bounded(motion, features):
    """Whatever the features."""
    refined = refinement(motion, 1e6 * features)
    assert 0.9 * LARGEST_REFINEMENT < refined.abs().max() <= LARGEST_REFINEMENT + 1e-6


@torch.no_grad()
def test_flows_stay_float32_whatever_the_features(motion, features, flows):
    with torch.autocast("cpu", torch.bfloat16):
        assert motion(features, flows).dtype == torch.float32
