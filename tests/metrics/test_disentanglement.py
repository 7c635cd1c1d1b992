from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.special import gamma
from sklearn.decomposition import PCA

from reenact.errors import ReenactError
from reenact.metrics import disentanglement as module
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
    assert found.distances.same_identity == pytest.approx(0, abs=1e-9)
    assert found.distances.same_pose == pytest.approx(6)
    assert found.distances.both_different == pytest.approx(6)
    assert found.ratios == pytest.approx({"same_identity": 0, "same_pose": 1})


def test_codes_with_both_give_pythagoras():
    codes = np.zeros((2, 2, 3))
    codes[1, :, 0] = 3.0
    codes[:, 1, 1] = 4.0
    found = disentanglement(codes, components=3, pairs=100, rng=np.random.default_rng(0))
    assert found.distances.same_identity == pytest.approx(4)
    assert found.distances.same_pose == pytest.approx(3)
    assert found.distances.both_different == pytest.approx(5)


def test_reduction_drops_the_directions_of_least_variance():
    codes = np.zeros((2, 2, 2))
    codes[1, :, 0] = 100.0
    codes[:, 1, 1] = 1.0
    found = disentanglement(codes, components=1, pairs=100, rng=np.random.default_rng(0))
    assert found.distances.same_identity == pytest.approx(0, abs=1e-9)
    assert found.distances.both_different == pytest.approx(100)


def test_random_pairs_agree_with_all_pairs():
    codes = np.random.default_rng(5).normal(size=(5, 6, 4))
    found = disentanglement(codes, components=4, pairs=200_000, rng=np.random.default_rng(6))
    same_identity = [np.linalg.norm(codes[i, f] - codes[i, g]) for i in range(5) for f in range(6) for g in range(6) if f != g]
    same_pose = [np.linalg.norm(codes[i, f] - codes[j, f]) for f in range(6) for i in range(5) for j in range(5) if i != j]
    assert found.distances.same_identity == pytest.approx(np.mean(same_identity), rel=0.01)
    assert found.distances.same_pose == pytest.approx(np.mean(same_pose), rel=0.01)


def test_equal_seeds_give_equal_numbers():
    codes = np.random.default_rng(7).normal(size=(4, 5, 9)).astype(np.float32)
    first, again, other = (disentanglement(codes, components=8, pairs=300, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.distances == again.distances != other.distances


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


def made_people(identities: int, seed: int) -> np.ndarray:
    """Codes (identities, 2, 4): three numbers of an identity, normal with σ 2, and one of the frame, ±1.5."""
    codes = np.empty((identities, 2, 4))
    codes[..., :3] = np.random.default_rng(seed).normal(0, 2, (identities, 1, 3))
    codes[..., 3] = (-1.5, 1.5)
    return codes


def measured(codes: np.ndarray, seed: int = 0, pairs: int = 20_000):
    found = disentanglement(codes, components=codes.shape[-1], pairs=pairs, rng=np.random.default_rng(seed))
    return found.distances.figures, found.intervals(np.random.default_rng(seed + 1))


def test_intervals_are_those_of_a_bootstrap_that_lists_every_pair():
    people, frames = 8, 3
    codes = np.random.default_rng(5).normal(size=(people, frames, 4)) + 3 * np.random.default_rng(6).normal(size=(people, 1, 4))
    distance = squareform(pdist(codes.reshape(-1, 4))).reshape(people, frames, people, frames)
    random, draws = np.random.default_rng(7), []
    for _ in range(800):
        lists = {"same_identity": [], "same_pose": [], "both_different": []}
        drawn = random.integers(people, size=people)
        for i, (f, g) in product(drawn, product(range(frames), repeat=2)):
            lists["same_identity"] += [distance[i, f, i, g]] if f != g else []
        for (i, j), (f, g) in product(product(drawn, repeat=2), product(range(frames), repeat=2)):
            if i != j:
                lists["same_pose" if f == g else "both_different"].append(distance[i, f, j, g])
        means = {kind: np.mean(found) for kind, found in lists.items()}
        draws.append(means | {f"ratio_{kind}": means[kind] / means["both_different"] for kind in ("same_identity", "same_pose")})
    figures, intervals = measured(codes, pairs=300_000)
    assert intervals.keys() == figures.keys() == draws[0].keys()
    for name, (low, high) in intervals.items():
        expected = np.percentile([each[name] for each in draws], [2.5, 97.5])
        assert (low, high) == pytest.approx(expected, abs=0.15 * np.ptp(expected)), name
        assert low < figures[name] < high


def test_intervals_cover_what_is_true_of_all_people():
    """Two points of a normal distribution in three dimensions are 2σ Γ(2) / Γ(3/2) apart on average, and |x|² is 2σ² χ²₃."""
    apart = 2 * 2 * gamma(2) / gamma(1.5)
    both = np.sqrt(2 * 4 * np.random.default_rng(0).chisquare(3, 1_000_000) + 9).mean()
    truth = {"same_pose": apart, "both_different": both, "ratio_same_identity": 3 / both, "ratio_same_pose": apart / both}
    found = [measured(made_people(40, 1000 + seed), seed, 10_000)[1] for seed in range(200)]
    for name, true in truth.items():
        assert 0.9 <= np.mean([each[name].low <= true <= each[name].high for each in found]) <= 0.98, name
    assert all(each["same_identity"] == pytest.approx((3, 3)) for each in found), "frames are the same for all"


def test_four_times_the_people_halve_an_interval():
    widths = [np.mean([np.ptp(measured(made_people(count, seed))[1]["ratio_same_pose"]) for seed in range(6)]) for count in (30, 120)]
    assert widths[1] / widths[0] == pytest.approx(0.5, abs=0.12)


def test_equal_seeds_give_equal_intervals():
    first, again, other = (measured(made_people(9, 0), seed)[1] for seed in (1, 1, 2))
    assert first == again != other


def test_two_people_can_only_be_drawn_together():
    figures, intervals = measured(made_people(2, 0))
    for name, figure in figures.items():
        assert intervals[name] == pytest.approx((figure, figure)), name


def test_blocks_change_nothing(monkeypatch):
    codes = np.random.default_rng(2).normal(size=(6, 7, 5)).astype(np.float32)
    whole = measured(codes, pairs=1000)
    monkeypatch.setattr(module, "BLOCK", 13)
    for one, other in zip(whole, measured(codes, pairs=1000), strict=True):
        for name in one:
            assert one[name] == pytest.approx(other[name], rel=1e-9)
