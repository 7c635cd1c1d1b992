"""Pix2PixHD's losses against sums written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reenact.generators.pix2pixhd.losses import adversarial_loss, discriminator_loss, feature_matching


def judged(seed: int) -> list[list[torch.Tensor]]:
    """Two scales, two layers and scores each."""
    random = np.random.default_rng(seed)
    shapes = [[(2, 4, 3, 5), (2, 6, 2, 2), (2, 1, 2, 2)], [(2, 4, 2, 2), (2, 6, 1, 2), (2, 1, 1, 2)]]
    return [[torch.from_numpy(random.normal(size=shape).astype(np.float32)) for shape in scale] for scale in shapes]


def numbers(tensor: torch.Tensor) -> list[float]:
    return tensor.flatten().tolist()


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_discriminators_want_1_of_true_images_and_0_of_generated_ones():
    real, fake = judged(1), judged(2)
    expected = sum(
        (mean([(v - 1) ** 2 for v in numbers(real[scale][2])]) + mean([v**2 for v in numbers(fake[scale][2])])) / 2 for scale in (0, 1)
    )
    assert discriminator_loss(real, fake).item() == pytest.approx(expected, rel=1e-5)


def test_the_generator_wants_1_of_its_own_images():
    fake = judged(2)
    assert adversarial_loss(fake).item() == pytest.approx(sum(mean([(v - 1) ** 2 for v in numbers(s[2])]) for s in fake), rel=1e-5)


def test_feature_matching_is_the_mean_difference_of_each_layer_summed():
    """Over both layers of both scales; the scores are left out."""
    real, fake = judged(1), judged(2)
    expected = sum(
        mean([abs(a - b) for a, b in zip(numbers(real[scale][layer]), numbers(fake[scale][layer]), strict=True)])
        for scale in (0, 1)
        for layer in (0, 1)
    )
    assert feature_matching(real, fake).item() == pytest.approx(expected, rel=1e-5)
    fake[0][2] += 5
    assert feature_matching(real, fake).item() == pytest.approx(expected, rel=1e-5)


def test_losses_are_taken_in_float32_whatever_the_networks_compute_in():
    short = [[layer.bfloat16() for layer in scale] for scale in judged(1)]
    for loss in (discriminator_loss(short, short), adversarial_loss(short), feature_matching(short, short)):
        assert loss.dtype == torch.float32
