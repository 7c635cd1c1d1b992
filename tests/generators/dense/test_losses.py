"""The dense generator's losses against the metric SSIM and against sums by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from reenact.generators.dense.losses import dissimilarity, weighted_l1
from reenact.metrics.ssim import ssim_map


@pytest.fixture
def pictures() -> np.ndarray:
    """Noise, a ramp, white and black, (4, 40, 40, 3) uint8."""
    ramp = np.broadcast_to(np.linspace(0, 255, 40)[:, None], (40, 40, 3))
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3))
    return np.stack([noise, ramp, np.full_like(noise, 255), np.zeros_like(noise)]).astype(np.uint8)


def signed(pictures: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3), 0 to 255 -> (B, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def test_dissimilarity_is_one_minus_the_metric_of_grey_pictures(pictures):
    """SSIM is not that of signed pictures where its means are small: they are brought to 0 to 2 first, as the metric's are 0 to 255."""
    grey = np.stack([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures])[..., None].repeat(3, -1)
    others = np.roll(grey, 1, 0)
    expected = 1 - np.mean([ssim_map(a, b).mean() for a, b in zip(grey, others, strict=True)])
    assert dissimilarity(signed(grey), signed(others)).item() == pytest.approx(expected, abs=1e-4)


def test_dissimilarity_of_colours_is_that_of_their_luma(pictures):
    coloured = pictures * np.array([1.0, 0.6, 0.2])
    grey = (coloured @ [0.299, 0.587, 0.114])[..., None].repeat(3, -1)
    found = dissimilarity(signed(coloured), signed(np.roll(coloured, 1, 0)))
    assert found.item() == pytest.approx(dissimilarity(signed(grey), signed(np.roll(grey, 1, 0))).item(), abs=1e-5)


def test_large_pictures_are_compared_without_their_grain():
    """At 256 pixels chequers of one pixel count as grey, those of four do not. At 128 those of one pixel do not either."""

    def grey_with(squares: int, side: int) -> torch.Tensor:
        chequers = np.kron(np.indices((squares, squares)).sum(0) % 2 * 2 - 1, np.ones((side, side)))
        return signed((128 + 40 * chequers).astype(np.uint8)[None, ..., None].repeat(3, -1))

    fine, coarse, small = grey_with(256, 1), grey_with(64, 4), grey_with(128, 1)
    for pictures, low, high in ((fine, 0, 0.01), (coarse, 0.8, 1), (small, 0.8, 1)):
        assert low <= dissimilarity(pictures, torch.full_like(pictures, 1 / 255)).item() <= high


def test_equal_pictures_are_not_dissimilar(pictures):
    assert dissimilarity(signed(pictures), signed(pictures)).item() == pytest.approx(0, abs=1e-5)


def test_gradients_are_finite_for_flat_and_for_equal_pictures(pictures):
    for truth in (pictures, pictures[::-1].copy()):
        generated = signed(pictures).requires_grad_()
        loss = dissimilarity(generated, signed(truth)) + weighted_l1(generated, signed(truth), torch.ones(4, 1, 40, 40))
        loss.backward()
        assert generated.grad.isfinite().all()
    assert generated.grad.abs().max() > 0


def test_descending_it_makes_pictures_alike(pictures):
    truth = signed(pictures[:2])
    generated = (truth + 0.5 * torch.from_numpy(np.random.default_rng(1).normal(size=truth.shape)).float()).requires_grad_()
    optimiser = torch.optim.Adam([generated], lr=0.02)
    before = dissimilarity(generated, truth).item()
    for _ in range(40):
        optimiser.zero_grad()
        loss = dissimilarity(generated, truth)
        loss.backward()
        optimiser.step()
    assert loss.item() < before / 2


def test_weighted_l1_by_hand():
    generated, truth, weights = torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), torch.ones(2, 1, 4, 4)
    generated[0, 1, 2, 3], truth[1, 0, 0, 0] = -0.5, 2.0
    weights[0, 0, 2, 3] = 5.0
    assert weighted_l1(generated, truth, weights).item() == pytest.approx((5 * 0.5 + 2.0) / (2 * 3 * 16))
    assert weighted_l1(generated.bfloat16(), truth.bfloat16(), weights).dtype == torch.float32
