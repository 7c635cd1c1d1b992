from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from reenact.metrics.frechet import frechet, frechet_gaussians


def test_known_distance_of_independent_gaussians():
    # Diagonal covariances: |μ1 - μ2|² + Σ (s1 - s2)² over the standard deviations s.
    distance = frechet_gaussians(np.array([1.0, 2.0]), np.diag([4.0, 9.0]), np.array([4.0, 6.0]), np.diag([1.0, 25.0]))
    assert distance == pytest.approx(9 + 16 + (2 - 1) ** 2 + (3 - 5) ** 2)


def test_correlated_gaussians_agree_with_the_root_of_the_plain_product():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 6, 6))
    a, b = x @ x.T, y @ y.T
    expected = np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b).real)
    assert frechet_gaussians(np.zeros(6), a, np.zeros(6), b) == pytest.approx(expected, rel=1e-8)


def test_a_shifted_set_is_as_far_as_its_shift():
    samples = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    result = frechet(samples, samples + np.float32(2.0))
    assert result.value == pytest.approx(4 * 2.0**2, rel=1e-5)
    assert result.samples == (50, 50)
    assert result.note is None


def test_samples_from_known_gaussians_come_near_their_distance():
    rng = np.random.default_rng(2)
    result = frechet(rng.normal(0, 1, (20_000, 3)), rng.normal(1, 2, (20_000, 3)))
    assert result.value == pytest.approx(3 * 1 + 3 * (2 - 1) ** 2, rel=0.03)


def test_too_few_samples_give_a_finite_number_and_say_so():
    rng = np.random.default_rng(3)
    few, many = rng.normal(size=(5, 32)), rng.normal(size=(400, 32))
    result = frechet(few, many)
    assert np.isfinite(result.value) and result.value > 0
    assert result.ranks == (4, 32)
    assert result.note == "covariances of rank 4 and 32 in 32 dimensions"
    assert frechet(few, few).value == pytest.approx(0, abs=1e-8)


def test_repeats_of_one_sample_do_not_count_as_many():
    rng = np.random.default_rng(4)
    repeated = np.repeat(rng.normal(size=(3, 8)), 50, axis=0)
    assert frechet(repeated, rng.normal(size=(100, 8))).ranks == (2, 8)


def test_one_sample_is_refused():
    for few in ((1, 5), (5, 1)):
        with pytest.raises(ValueError, match="at least two"):
            frechet(*(np.zeros((count, 4)) for count in few))


def test_two_samples_are_enough_and_covariances_divide_by_one_less():
    """Along a line: variances of two points d apart are d²/2, so that the distance is (m1 - m2)² + (d1 - d2)²/2."""
    result = frechet(np.array([[1.0], [3.0]]), np.array([[10.0], [16.0]]))
    assert result.value == pytest.approx((13 - 2) ** 2 + (6 - 2) ** 2 / 2)
    assert (result.samples, result.ranks, result.dimensions, result.note) == ((2, 2), (1, 1), 1, None)


def test_either_set_may_be_the_one_that_makes_the_estimate_rough():
    rng = np.random.default_rng(8)
    few, many = rng.normal(size=(3, 6)), rng.normal(size=(40, 6))
    assert frechet(many, few).note == "covariances of rank 6 and 2 in 6 dimensions"
    assert frechet(many, few).samples == (40, 3)
    assert frechet(many, few).value == pytest.approx(frechet(few, many).value)
