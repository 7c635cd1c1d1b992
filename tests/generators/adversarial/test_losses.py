from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reenact.config.networks import FDGANParams
from reenact.config.presets import apply_preset
from reenact.generators.adversarial import losses
from reenact.generators.pair_training.phase import Pairs


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(3, 5, 2, 4)) * 3).float()


@pytest.fixture
def subject() -> torch.Tensor:
    return torch.tensor([4, 0, 2])


def probability(logits: torch.Tensor, subject: torch.Tensor) -> np.ndarray:
    """P(k|·) at every place in float64, by the plain formula: (B, h, w)."""
    exponentials = np.exp(logits.double().numpy())
    share = exponentials / exponentials.sum(1, keepdims=True)
    return np.stack([share[b, k] for b, k in enumerate(subject.tolist())])


def test_discriminator_loss_is_equation_10():
    real, fake = torch.tensor([[[[0.5, 2.0]]]]), torch.tensor([[[[-1.0, 1.0]]]])
    assert losses.discriminator_loss(real, fake).item() == pytest.approx((0.25 + 1.0) / 2 + (0.0 + 4.0) / 2)


def test_classifier_loss_is_equation_11(logits, subject):
    fake = logits.flip(0)
    expected = -np.log(probability(logits, subject)).mean() - np.log(1 - probability(fake, subject)).mean()
    assert losses.classifier_loss(logits, fake, subject).item() == pytest.approx(expected, rel=1e-5)


def translator_loss(config: FDGANParams, generated: torch.Tensor, truth: torch.Tensor, scores: torch.Tensor, logits: torch.Tensor, subject):
    """The loss of images of which D and C say this."""
    return losses.TranslatorLoss(config)(generated, Pairs(None, None, truth, subject), lambda images: (scores, logits))


def test_translator_loss_is_equation_12(logits, subject):
    generated, truth = torch.full((3, 3, 16, 16), 0.5), torch.zeros(3, 3, 16, 16)
    scores = torch.tensor([[[[1.0, -3.0]]]])
    config = FDGANParams(weight_reconstruction=7, weight_discriminator=2, weight_classifier=3)
    found = translator_loss(config, generated, truth, scores, logits, subject)
    assert found["reconstruction"].item() == pytest.approx(0.25)
    expected = 7 * 0.25 + 2 * (1 + 9) / 2 - 3 * np.log(probability(logits, subject)).mean()
    assert found["translator"].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["fdgan", "single_row", "adain"])
def test_the_paper_preset_has_the_papers_weights(name):
    """Eq. (12)."""
    config = getattr(apply_preset(Path(__file__).parents[3], "paper", []), name)
    assert (config.weight_reconstruction, config.weight_discriminator, config.weight_classifier) == (50, 1, 1)


def test_gradients_agree_with_finite_differences(logits, subject):
    def both(x: torch.Tensor) -> torch.Tensor:
        return losses.classifier_loss(x, x.flip(0), subject)

    logits = logits.clone().requires_grad_(True)
    both(logits).backward()
    step = torch.zeros_like(logits)
    step[1, 3, 1, 2] = 1e-2
    with torch.no_grad():
        slope = (both(logits + step) - both(logits - step)).item() / 2e-2
    assert logits.grad[1, 3, 1, 2].item() == pytest.approx(slope, abs=1e-4)


def test_losses_are_taken_in_float32_whatever_the_networks_compute_in(logits, subject):
    """A sum of squares in bfloat16 keeps two or three digits."""
    short = torch.linspace(-2, 2, 999).bfloat16().view(3, 3, 3, 37)
    exact = short.double()
    loss = losses.discriminator_loss(short, short.flip(3))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(((exact - 1) ** 2).mean().item() + ((exact + 1) ** 2).mean().item(), rel=1e-5)
    rec = losses.reconstruction(short, short.flip(1))
    assert rec.dtype == torch.float32
    assert rec.item() == pytest.approx(((exact - exact.flip(1)) ** 2).mean().item(), rel=1e-5)
    config = FDGANParams(weight_reconstruction=0, weight_discriminator=1, weight_classifier=0)
    adversary = translator_loss(config, short, short, short, logits.bfloat16(), subject)["translator"]
    assert adversary.item() == pytest.approx((exact**2).mean().item(), rel=1e-5)
