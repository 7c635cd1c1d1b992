from __future__ import annotations

import cv2
import numpy as np

from reenact.synthetic.background import draw_background, foliage, lights


def detail(background: np.ndarray) -> float:
    """How much neighbouring pixels of (S, S, 3) linear differ, on average."""
    grey = background.mean(2)
    return float((np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()) / 2)


def test_about_half_of_the_clips_have_things_in_the_background():
    found = [draw_background(np.random.default_rng(seed), 128) for seed in range(60)]
    assert all(each.shape == (128, 128, 3) and each.dtype == np.float32 and each.min() >= 0 and each.max() < 1 for each in found)
    calm = sum(detail(each) < 0.0025 for each in found)
    assert 0.35 < calm / len(found) < 0.65
    assert sum(detail(each) > 0.02 for each in found) >= 5, "some have edges from pixel to pixel"


def test_the_same_seed_gives_the_same_background_and_another_seed_another():
    first, again, other = (draw_background(np.random.default_rng(seed), 256) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_leaves_are_green_and_lights_shine_out_of_the_dark():
    red, green, blue = foliage(np.random.default_rng(0)).reshape(-1, 3).mean(0)
    assert green > 1.2 * max(red, blue)
    shining = cv2.cvtColor(lights(np.random.default_rng(0)), cv2.COLOR_RGB2GRAY)
    assert shining.max() > np.median(shining) + 0.3
