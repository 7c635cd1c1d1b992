from __future__ import annotations

import numpy as np

from reenact.pixels import to_signed


def test_black_is_minus_one_white_is_one_and_all_between_is_linear():
    pixels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    out = np.empty((4, 64), np.float32)
    to_signed(pixels, out)
    assert out.min() == -1 and out.max() == 1
    np.testing.assert_allclose(np.diff(out.ravel()), 2 / 255, atol=1e-6)
