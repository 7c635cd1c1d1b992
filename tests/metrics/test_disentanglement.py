from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from reenact.errors import ReenactError
from reenact.metrics.disentanglement import disentanglement, principal_components


def test_components_span_what_an_independent_implementation_finds():
    samples = np.random.default_rng(0).normal(size=(300, 6)) @ np.diag([9, 7, 5, 3, 1, 0.5])
    ours = principal_components(samples.astype(np.float32), 3)
    theirs = PCA(3, svd_solver="full").fit_transform(samples)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-3)
    assert ours.dtype == np.float64


def test_codes_that_know_only_the_identity():
    # Identities 0 and 1 stand 6 apart, frames do not matter; a rotation into 5 dimensions changes no distance.
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    codes = np.zeros((2, 4, 5))
    codes[1, :, 0] = 6.0
    found = disentanglement(codes @ rotation, components=2, pairs=500, rng=np.random.default_rng(2))
    assert found.same_identity == pytest.approx(0, abs=1e-9)
    assert found.same_pose == pytest.approx(6)
    assert found.both_different == pytest.approx(6)
    assert found.ratios == pytest.approx({"same_identity": 0, "same_pose": 1})


def test_codes_with_both_give_pythagoras():
    codes = np.zeros((2, 2, 3))
    codes[1, :, 0] = 3.0
    codes[:, 1, 1] = 4.0
    found = disentanglement(codes, components=3, pairs=100, rng=np.random.default_rng(0))
    assert found.same_identity == pytest.approx(4)
    assert found.same_pose == pytest.approx(3)
    assert found.both_different == pytest.approx(5)


def test_reduction_drops_the_directions_of_least_variance():
    codes = np.zeros((2, 2, 2))
    codes[1, :, 0] = 100.0
    codes[:, 1, 1] = 1.0
    found = disentanglement(codes, components=1, pairs=100, rng=np.random.default_rng(0))
    assert found.same_identity == pytest.approx(0, abs=1e-9)
    assert found.both_different == pytest.approx(100)


def test_random_pairs_agree_with_all_pairs():
    codes = np.random.default_rng(5).normal(size=(5, 6, 4))
    found = disentanglement(codes, components=4, pairs=200_000, rng=np.random.default_rng(6))
    same_identity = [np.linalg.norm(codes[i, f] - codes[i, g]) for i in range(5) for f in range(6) for g in range(6) if f != g]
    same_pose = [np.linalg.norm(codes[i, f] - codes[j, f]) for f in range(6) for i in range(5) for j in range(5) if i != j]
    assert found.same_identity == pytest.approx(np.mean(same_identity), rel=0.01)
    assert found.same_pose == pytest.approx(np.mean(same_pose), rel=0.01)


def test_equal_seeds_give_equal_numbers():
    codes = np.random.default_rng(7).normal(size=(4, 5, 9)).astype(np.float32)
    first, again, other = (disentanglement(codes, components=8, pairs=300, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_more_components_than_numbers_name_the_parameter():
    with pytest.raises(ReenactError, match=r"evaluate\.pca_components is 8.*only 4"):
        disentanglement(np.zeros((2, 2, 4)), components=8, pairs=1, rng=np.random.default_rng(0))


@pytest.mark.parametrize("shape", [(1, 5, 3), (5, 1, 3)])
def test_one_identity_or_frame_has_no_other(shape):
    with pytest.raises(ValueError, match="at least two"):
        disentanglement(np.zeros(shape), components=2, pairs=1, rng=np.random.default_rng(0))


def test_all_components_keep_every_distance():
    samples = np.random.default_rng(3).normal(size=(20, 4))
    reduced = principal_components(samples, 4)
    for a, b in ((0, 1), (3, 17), (5, 9)):
        assert np.linalg.norm(reduced[a] - reduced[b]) == pytest.approx(np.linalg.norm(samples[a] - samples[b]))
    np.testing.assert_allclose(reduced.mean(0), 0, atol=1e-12)
    assert (np.diff(reduced.var(0)) <= 0).all(), "the largest variance first"
