from __future__ import annotations

import numpy as np

from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces


def test_its_values_are_the_distances_from_the_true_frames():
    result = faces({"lpips": np.float32([0.25, 0.5])})
    np.testing.assert_array_equal(METRICS["lpips"].values(compared(result, is_truth=True)), [0.25, 0.5])


def test_without_true_frames_or_the_network_it_is_not_measured():
    assert METRICS["lpips"].values(compared(faces({"dlib": [[1.0]]}), is_truth=True)) is None
    assert METRICS["lpips"].values(compared(faces({"lpips": [0.5]}))) is None
