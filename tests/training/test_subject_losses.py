from __future__ import annotations

import math

import pytest
import torch

from reenact.errors import ReenactError
from reenact.training.subject_losses import is_not_subject, is_subject

SUBJECT = torch.tensor([4, 0, 2])


@pytest.mark.parametrize("places", [(), (2, 4)])
def test_they_are_the_logarithms_of_the_softmax_and_of_its_rest(places):
    logits = torch.randn(3, 5, *places, generator=torch.Generator().manual_seed(0)) * 3
    share = logits.double().softmax(dim=1)[torch.arange(3), SUBJECT]
    assert is_subject(logits, SUBJECT).item() == pytest.approx(-share.log().mean().item(), rel=1e-5)
    assert is_not_subject(logits, SUBJECT).item() == pytest.approx(-(1 - share).log().mean().item(), rel=1e-4)


@pytest.mark.parametrize("lead", [20.0, 100.0, 1e4])
def test_the_rest_stays_finite_and_teaches_when_p_rounds_to_one(lead):
    logits = torch.zeros(1, 3)
    logits[0, 1] = lead
    logits.requires_grad_()
    loss = is_not_subject(logits, torch.tensor([1]))
    loss.backward()
    # 1 - P = 2 / (e^lead + 2), so the loss is lead - log 2 up to a vanishing part, and grows as fast as the lead.
    assert loss.item() == pytest.approx(lead - math.log(2), rel=1e-6)
    assert logits.grad[0, 1].item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("loss", [is_subject, is_not_subject])
@pytest.mark.parametrize("scale", [1.0, 1e4, -1e4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_extreme_logits_have_finite_losses_and_gradients(loss, scale, dtype):
    extreme = torch.zeros(3, 5, 1, 2, dtype=dtype)
    extreme[torch.arange(3), SUBJECT] = scale
    extreme.requires_grad_(True)
    value = loss(extreme, SUBJECT)
    value.backward()
    assert torch.isfinite(value) and torch.isfinite(extreme.grad).all()
    assert extreme.grad.float().abs().sum() <= 2.01


def test_one_subject_cannot_be_told_apart():
    with pytest.raises(ReenactError, match="at least two training subjects"):
        is_subject(torch.zeros(1, 1, 2, 2), torch.tensor([0]))


def test_two_subjects_can_be_told_apart():
    """Then not being the one is being the other."""
    logits = torch.tensor([[0.3, -1.1], [2.0, 0.5]])
    first, second = torch.tensor([0, 0]), torch.tensor([1, 1])
    assert is_not_subject(logits, first).item() == pytest.approx(is_subject(logits, second).item())
    assert is_subject(logits, first).item() == pytest.approx((math.log1p(math.exp(-1.4)) + math.log1p(math.exp(-1.5))) / 2)
