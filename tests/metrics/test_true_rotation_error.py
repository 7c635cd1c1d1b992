from __future__ import annotations

import numpy as np
import pytest

from reenact.metrics.base import Truth
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces

FITTED = faces({"headmodel.rotation": np.radians([[10, 0, 0], [10, 0, 0]])})
DRIVING = faces({"headmodel.rotation": np.radians([[90, 0, 0], [90, 0, 0]])})


def test_the_fitted_turn_is_compared_with_the_one_that_the_driver_was_rendered_with():
    truth = Truth(np.zeros((2, 68, 2)), np.radians([[12, 0, 0], [10, -30, 0]]))
    assert METRICS["true_rotation_error"].values(compared(FITTED, DRIVING, truth=truth)) == pytest.approx([2, 30], abs=1e-5)


def test_where_nobody_knows_the_truth_it_has_no_meaning():
    assert METRICS["true_rotation_error"].values(compared(FITTED, DRIVING)) is None
