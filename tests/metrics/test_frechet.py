from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy.linalg

from reenact.metrics.base import Gallery
from reenact.metrics.frechet import FEW_SAMPLES, frechet, frechet_gaussians, frechet_samples, shaken
from reenact.metrics.intervals import Value, draws
from reenact.metrics.registry import METRICS
from tests.support.comparisons import compared, faces


def textbook(a: np.ndarray, b: np.ndarray) -> float:
    """The distance by the root of the plain product, as the FID's own authors compute it."""
    covariances = [np.cov(each, rowvar=False) for each in (a, b)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    return np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2) + np.trace(covariances[0] + covariances[1] - 2 * root)


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


@pytest.mark.parametrize("ranks", [(6, 6), (2, 6), (6, 2), (2, 3)])
def test_flat_gaussians_on_either_side_agree_with_the_eigenvalues_of_the_plain_product(ranks):
    rng = np.random.default_rng(10)
    a, b = (mix @ mix.T for mix in (rng.normal(size=(6, rank)) for rank in ranks))
    roots = np.sqrt(np.clip(np.linalg.eigvals(a @ b).real, 0, None))
    assert frechet_gaussians(np.zeros(6), a, np.zeros(6), b) == pytest.approx(np.trace(a + b) - 2 * roots.sum(), abs=1e-6)


def test_a_shifted_set_is_as_far_as_its_shift():
    samples = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    result = frechet(samples, samples + np.float32(2.0))
    assert result.value == pytest.approx(4 * 2.0**2, rel=1e-5)
    assert result.samples == (50, 50)


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
    assert result.note == "5 samples, under 2,048; covariances of rank 4 and 32 in 32 dimensions"
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
    assert (result.samples, result.ranks, result.dimensions) == ((2, 2), (1, 1), 1)


def test_either_set_may_be_the_one_that_makes_the_estimate_rough():
    rng = np.random.default_rng(8)
    few, many = rng.normal(size=(3, 6)), rng.normal(size=(40, 6))
    assert frechet(many, few).note == "3 samples, under 2,048; covariances of rank 6 and 2 in 6 dimensions"
    assert frechet(many, few).samples == (40, 3)
    assert frechet(many, few).value == pytest.approx(frechet(few, many).value)


def test_sets_of_features_agree_with_the_textbook():
    rng = np.random.default_rng(5)
    mixing = rng.normal(size=(2, 12, 12))
    a, b = (rng.normal(at, 1, (400, 12)) @ mix for at, mix in zip((0.0, 0.4), mixing, strict=True))
    assert frechet(a, b).value == pytest.approx(textbook(a, b), rel=1e-8)
    assert frechet(a.astype(np.float32), b.astype(np.float32)).value == pytest.approx(textbook(a, b), rel=1e-4)


@pytest.mark.parametrize(("count", "note"), [(FEW_SAMPLES - 1, "2,047 samples, under 2,048"), (FEW_SAMPLES, None)])
def test_fewer_samples_than_2048_are_noted(count, note):
    samples = np.random.default_rng(6).normal(size=(FEW_SAMPLES, 3))
    assert frechet(samples[:count], samples).note == frechet(samples, samples[:count]).note == note


def test_enough_samples_along_a_plane_are_noted():
    samples = np.random.default_rng(7).normal(size=(FEW_SAMPLES, 3))
    assert frechet(samples * [1, 1, 0], samples).note == "covariances of rank 2 and 3 in 3 dimensions"


def test_of_few_samples_and_of_their_covariances_it_is_the_same():
    """Fewer than dimensions go their own way. Whole numbers as weights are repetitions."""
    rng = np.random.default_rng(8)
    a, b = rng.normal(3, 1, (6, 40)), rng.normal(-1, 2, (9, 40))
    by_covariance = frechet_gaussians(a.mean(0), np.cov(a.T), b.mean(0), np.cov(b.T))
    assert frechet(a, b).value == pytest.approx(by_covariance) and frechet(a, b).ranks == (5, 8)
    times = rng.integers(0, 4, 6), rng.integers(1, 3, 9)
    repeated = [np.repeat(each, count, axis=0) for each, count in zip((a, b), times, strict=True)]
    again = frechet_gaussians(repeated[0].mean(0), np.cov(repeated[0].T), repeated[1].mean(0), np.cov(repeated[1].T))
    assert frechet_samples(a, b, *(each.astype(float) for each in times)) == pytest.approx(again)


@pytest.mark.parametrize("dimensions", [3, 28, 60])  # fewer than there are samples, than most draws have different ones of, and more
def test_a_draw_of_a_subject_is_as_good_as_its_samples_repeated(dimensions):
    """Of both sets at once, since a result and its driving frame belong together."""
    rng = np.random.default_rng(9)
    subjects = np.repeat(np.arange(5), [4, 7, 5, 9, 6])
    a = rng.normal(0, 1, (len(subjects), dimensions)) + rng.normal(5, 1, (5, dimensions))[subjects]
    b = rng.normal(0, 2, (len(subjects), dimensions))
    found = shaken(a, b, subjects, 5, np.random.default_rng(1))
    drawn = draws(5, len(found), np.random.default_rng(1))
    for distance, times in zip(found, drawn.astype(int), strict=True):
        rows = np.repeat(np.arange(len(subjects)), times[subjects])
        assert distance == pytest.approx(frechet(a[rows], b[rows]).value, rel=1e-3)
    assert len(found) >= 40 and np.ptp(found) > 0


def test_draws_keep_no_covariance_of_each_subject_in_memory():
    subjects, dimensions = 60, 300
    rng = np.random.default_rng(11)
    a, b = rng.normal(size=(2, 10 * subjects, dimensions)).astype(np.float32)
    tracemalloc.start()
    shaken(a, b, np.repeat(np.arange(subjects), 10), subjects, rng)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * subjects * dimensions**2 * np.dtype(np.float32).itemsize, "half of one set's"


def made_features(seed: int, subjects: int = 12, frames: int = 8, shift: float = 0.5) -> tuple[list[np.ndarray], list[str]]:
    """Items (F, 2, 6): results, and driving frames that are like them but for noise and a shift; subjects are apart."""
    rng = np.random.default_rng(seed)
    driving = rng.normal(0, 2, (subjects, 1, 6)) + rng.normal(0, 1, (subjects, frames, 6))
    results = driving + shift + rng.normal(0, 0.5, driving.shape)
    return list(np.stack([results, driving], axis=2).astype(np.float32)), [f"subject {number}" for number in range(subjects)]


def reduced(items: list[np.ndarray], subjects: list[str], seed: int = 0) -> Value:
    return METRICS["fd"].reduce(items, subjects, np.random.default_rng(seed))


def test_the_figure_is_of_all_results_against_all_driving_frames():
    items, subjects = made_features(0)
    results, driving = (np.concatenate([item[:, place] for item in items]) for place in (0, 1))
    found = reduced(items, subjects)
    assert found.number == pytest.approx(textbook(results.astype(float), driving.astype(float)), rel=1e-6)
    assert (found.count, found.note) == (96, "96 samples, under 2,048")


def test_the_interval_is_the_middle_of_the_draws_put_about_the_figure():
    """Drawn sets repeat samples, so that most draws of a small set lie on one side of its figure; the interval does not."""
    items, subjects = made_features(1)
    found = reduced(items, subjects)
    random, figures = np.random.default_rng(5), []
    for _ in range(1000):
        listed = np.concatenate([items[random.integers(len(items))] for _ in items]).astype(float)
        figures.append(frechet(listed[:, 0], listed[:, 1]).value)
    low, high = np.percentile(figures, [2.5, 97.5]) - np.mean(figures)
    assert found.low < found.number < found.high
    assert (found.low - found.number, found.high - found.number) == pytest.approx((low, high), abs=0.25 * (high - low))


def test_no_interval_reaches_below_nothing():
    """Where one of three subjects alone is off, some draws have none that is, and are far below the mean of all."""
    items, subjects = made_features(2, subjects=3, shift=0.0)
    items[0][:, 0] += 20
    found = reduced(items, subjects)
    assert found.low == 0 < found.number < found.high


def test_one_subject_has_a_distance_without_an_interval():
    items, _ = made_features(3)
    found = reduced(items, ["one"] * len(items))
    assert found.number > 0 and (found.low, found.high) == (None, None) and "96 samples" in found.note


def test_frames_of_one_subject_count_together():
    """As subjects of their own they would promise far too narrow an interval."""
    items, subjects = made_features(4, shift=0.0)
    for place, item in enumerate(items):
        item[:, 0] += np.random.default_rng(place).normal(0, 1.5, 6)  # each subject's results are off in another way
    singles = [frame[None] for item in items for frame in item]
    whole, alone = reduced(items, subjects), reduced(singles, [str(number) for number in range(len(singles))])
    assert alone.number == pytest.approx(whole.number)
    assert whole.high - whole.low > 1.5 * (alone.high - alone.low)


@pytest.mark.parametrize(("name", "reader"), [("fd", "dlib"), ("fd_efficientnet", "efficientnet"), ("fid", "inception")])
def test_each_distance_is_of_its_readers_features(name, reader):
    readings = [
        {each: np.full((2, 3), number * place) for place, each in enumerate(("dlib", "efficientnet", "inception"), 1)} for number in (1, 10)
    ]
    found = METRICS[name].values(compared(*(faces(each) for each in readings), gallery=Gallery((), {}, {})))
    np.testing.assert_array_equal(found, np.stack([readings[0][reader], readings[1][reader]], axis=1))
    without = [faces({key: array for key, array in each.items() if key != reader}) for each in readings]
    assert METRICS[name].values(compared(*without)) is None
