from __future__ import annotations

import numpy as np
import torch

from reenact.generators.layers.mean_row import MeanRow


def test_the_row_is_the_mean_over_all_places():
    features = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    row = MeanRow()(torch.from_numpy(features))
    expected = [[[sum(features[b, c].ravel()) / 20 for c in range(3)]] for b in range(2)]
    assert row.shape == (2, 1, 3)
    np.testing.assert_allclose(row.numpy(), expected, atol=1e-5)


def test_it_has_nothing_to_learn():
    assert list(MeanRow().parameters()) == []
