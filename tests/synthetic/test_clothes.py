"""Clothes: many kinds, with edges, below the neck and nowhere else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from reenact.seeding import generator
from reenact.synthetic.atlas import atlas
from reenact.synthetic.clothes import dress

BARE = np.full((3, *atlas().y.shape, 3), 128, np.uint8)


def chest(texture: np.ndarray) -> np.ndarray:
    """The front of the body below the neck, (H, W, 3)."""
    x, y = np.abs(atlas().azimuth[0]) < 0.8, (atlas().y[:, 0] < 5.7) & (atlas().y[:, 0] > 5.1)
    return texture[0][y][:, x].astype(float)


def test_clothes_leave_the_face_and_the_hair_alone_and_the_same_seed_gives_the_same():
    for number in range(10):
        dressed = dress(BARE, atlas(), generator(1, "clothes", number))
        np.testing.assert_array_equal(dressed[0][atlas().y > 6.5], BARE[0][atlas().y > 6.5])
        np.testing.assert_array_equal(dressed[1:], BARE[1:])
        np.testing.assert_array_equal(dressed, dress(BARE, atlas(), generator(1, "clothes", number)))
    assert (BARE == 128).all()


def test_most_clothes_have_edges_and_no_two_are_alike():
    chests = [chest(dress(BARE, atlas(), generator(1, "clothes", number))) for number in range(30)]
    edges = [(np.abs(np.diff(each.mean(-1), axis=1)) > 20).mean() for each in chests]
    assert np.mean(np.array(edges) > 0.002) > 0.5
    assert all(np.abs(one - other).mean() > 3 for one, other in pairwise(chests))
