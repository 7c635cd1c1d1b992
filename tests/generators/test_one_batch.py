"""One batch, over and over, until next to nothing is left of the error: no network and no loss stands in its own way."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from reenact.config.networks import Schedule
from reenact.faces.landmark_image import draw
from reenact.shards.pairs import PairBatch
from reenact.training.turns import run_iteration

# With adversaries the error stays above zero, as they object to what was learned by heart; FD-GAN's own tests have them.
ALONE = {"widths": (12, 12, 16, 16), "weight_discriminator": 0.0, "weight_classifier": 0.0}
# Learning rate, iterations, other parameters, and the share of the error that may be left: twice what the worse of two seeds leaves here.
CASES = {
    "dense": (5e-3, 100, {}, 0.02),
    "fdgan": (2e-3, 240, ALONE | {"rows": (32, 16, 8, 6)}, 0.07),
    "single_row": (2e-3, 240, ALONE, 0.05),
    "adain": (2e-3, 240, ALONE, 0.03),
    "pix2pixhd": (4e-3, 300, {"discriminator_scales": 1}, 0.12),
}


@pytest.fixture
def small_faces(two_faces) -> PairBatch:
    """Two subjects in two poses, at 32 pixels, which is quick."""
    pictures = [F.avg_pool2d(images, 2) for images in (two_faces.target, two_faces.driver)]
    points = [(landmarks + 0.5) / 2 - 0.5 for landmarks in (two_faces.target_landmarks, two_faces.driver_landmarks)]
    target, driver = ((picture, landmarks, draw(landmarks, 32)) for picture, landmarks in zip(pictures, points, strict=True))
    return PairBatch(*target, *driver, two_faces.subject)


@pytest.mark.parametrize("name", CASES)
def test_the_error_goes_to_nearly_nothing(params, phase_of, changed, small_faces, name):
    """The squared error of the EMA's pictures, against that of the target as it is."""
    rate, iterations, values, left = CASES[name]
    schedule = Schedule(learning_rate=rate, batch_size=2, iterations=iterations)
    phase = phase_of(name, changed(params, name, schedule=schedule, ema_decay=0.9, **values))
    for _ in range(iterations):
        run_iteration(phase, small_faces)
    target, wanted, truth, _ = phase.pairs(small_faces)
    with torch.no_grad():
        error = F.mse_loss(phase.average(target, wanted), truth)
    assert error < left * F.mse_loss(target.image, truth)
