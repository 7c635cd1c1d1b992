from __future__ import annotations

import math

import numpy as np

from reenact.metrics.isim import isim


def test_angles_give_their_cosines():
    angles = np.array([0.0, 30.0, 90.0, 150.0, 180.0])
    a = np.stack([[3 * math.cos(math.radians(x)), 3 * math.sin(math.radians(x))] for x in angles])
    expected = [1.0, math.sqrt(3) / 2, 0.0, -math.sqrt(3) / 2, -1.0]
    np.testing.assert_allclose(isim(a, np.array([0.5, 0.0])), expected, atol=1e-12)


def test_rows_are_compared_with_their_own_row_and_lengths_do_not_matter():
    a = np.array([[1.0, 2.0, 2.0], [0.0, 3.0, 4.0]], np.float32)
    b = np.array([[2.0, 4.0, 4.0], [5.0, 0.0, 0.0]], np.float32)
    np.testing.assert_allclose(isim(a, b), [1.0, 0.0], atol=1e-12)
    assert isim(a, b).dtype == np.float64


def test_rounding_takes_no_cosine_beyond_one():
    """As it would for a tenth of these."""
    a = np.random.default_rng(0).normal(size=(1000, 128))
    assert isim(a, a).max() == 1 and isim(a, -3 * a).min() == -1
    np.testing.assert_allclose(isim(a, a[:1]), isim(a, a[0]))
