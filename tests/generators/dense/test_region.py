"""The region of mouth and eyes: where it is, and that odd landmarks do no harm."""

from __future__ import annotations

import numpy as np
import torch

from reenact.faces.layout68 import EYES, MOUTH
from reenact.generators.dense.region import mouth_and_eyes


def test_mouth_and_eyes_weigh_and_nothing_far_from_them(face):
    """1 at their middles, under a hundredth beyond twice their half width and three pixels more."""
    landmarks = torch.from_numpy(np.stack([face(-4, 3), face(5, 1)]))
    weights = mouth_and_eyes(landmarks, 64)
    assert weights.shape == (2, 1, 64, 64) and weights.min() >= 0 and weights.max() <= 1
    y, x = np.mgrid[:64, :64]
    for points, weight in zip(landmarks.numpy(), weights[:, 0].numpy(), strict=True):
        near = np.zeros((64, 64), bool)
        for part in (MOUTH, *EYES):
            low, high = points[part].min(0), points[part].max(0)
            middle, half = (low + high) / 2, (high - low).max() / 2
            distance = np.hypot(x - middle[0], y - middle[1])
            assert weight[distance < 1].min() > 0.99
            near |= distance < 2 * half + 3
        assert near.any() and not near.all() and weight[~near].max() < 0.01


def test_mouth_and_eyes_outside_the_picture_or_in_one_point_weigh_nothing_or_little():
    assert mouth_and_eyes(torch.full((1, 68, 2), 1e4), 64).abs().max() == 0
    point = mouth_and_eyes(torch.full((1, 68, 2), 20.0), 64)
    assert point.isfinite().all() and point[0, 0, 20, 20] == 1 and point.sum() < 30
