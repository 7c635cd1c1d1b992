"""How much landmarks and results shake: that it is measured as it was made."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import jitter


def test_what_shakes_lags_and_flattens_is_measured_as_it_was_made():
    times = np.arange(100) / 25
    curve = 10 * np.sin(2 * np.pi * times)
    assert jitter.lag([np.roll(curve, 1)], [curve]) == pytest.approx(1, abs=0.01)
    assert jitter.lag([10 * np.sin(2 * np.pi * (times - 0.01))], [curve]) == pytest.approx(0.25, abs=0.02)
    assert jitter.kept([0.5 * curve], [curve], 4) == {"kept": 0.5, "n": 4}
    points = np.zeros((4, 68, 2))
    points[1::2, :, 0] = 1  # every point leaps to the right and back: second differences of 2 pixels across
    assert jitter.jitter([points, np.full((4, 68, 2), np.nan)]) == pytest.approx(2)
    assert jitter.error([points + 7], [np.zeros_like(points)]) == pytest.approx(0.5)
