"""Backgrounds: half of them calm, half with edges as fine as a pixel, whatever the picture's size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from reenact.seeding import generator
from reenact.synthetic.background import busy, calm, draw_background
from reenact.synthetic.shading import srgb_table


def sharpest(background: np.ndarray) -> float:
    """The largest steps between neighbouring pixels: what one pixel in a hundred exceeds, in grey levels of 0..255."""
    grey = srgb_table()[np.rint(background * 4095).astype(int)].mean(-1)
    return float(np.percentile(np.concatenate([np.abs(np.diff(grey, axis=axis)).ravel() for axis in (0, 1)]), 99))


def backgrounds(draw, side: int, count: int = 40) -> list[np.ndarray]:
    return [draw(generator(1, "background", number), side) for number in range(count)]


@pytest.mark.parametrize("side", [128, 256])
def test_half_of_the_backgrounds_have_detail_as_fine_as_a_pixel(side):
    assert max(map(sharpest, backgrounds(calm, side))) < 6
    assert np.mean([sharpest(picture) > 15 for picture in backgrounds(busy, side)]) > 0.75
    pictures = backgrounds(draw_background, side)
    assert 0.3 < np.mean([sharpest(picture) > 10 for picture in pictures]) < 0.7
    assert all(picture.shape == (side, side, 3) and picture.min() >= 0 and picture.max() <= 1 for picture in pictures)


def test_the_same_seed_draws_the_same_background_and_another_one_another():
    first, again = backgrounds(busy, 128, 8), backgrounds(busy, 128, 8)
    np.testing.assert_array_equal(first, again)
    assert all(np.abs(one - other).mean() > 0.01 for one, other in pairwise(first))
