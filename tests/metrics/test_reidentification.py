from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from reenact.metrics.base import Gallery
from reenact.metrics.intervals import draws
from reenact.metrics.registry import METRICS
from reenact.metrics.reidentification import AUC_RESAMPLES, Wins, cosines
from tests.support.comparisons import compared, faces

# Three targets in a plane, at 0°, 90° and 180°.
THREE = Gallery(("ann", "ben", "cem"), {"dlib": np.array([[2.0, 0.0], [0.0, 1.0], [-3.0, 0.0]], np.float32)}, {})


def at(*degrees: float) -> dict[str, np.ndarray]:
    """Embeddings of some length at these angles."""
    angles = np.radians(degrees)
    return {"dlib": (5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype(np.float32)}


def values(name: str, subject: str, *degrees: float, gallery: Gallery = THREE) -> np.ndarray | None:
    return METRICS[name].values(compared(faces(at(*degrees)), gallery=gallery, subject=subject))


def area(own: np.ndarray, others: np.ndarray) -> float:
    """The area under the curve as scikit-learn computes it."""
    return roc_auc_score(np.r_[np.ones(len(own)), np.zeros(len(others))], np.r_[own, others])


def test_cosines_are_those_of_an_independent_implementation():
    a, b = np.random.default_rng(0).normal(size=(2, 9, 128)).astype(np.float32)
    found = cosines(a, b[:4])
    np.testing.assert_allclose(found, cosine_similarity(a.astype(float), b[:4].astype(float)), atol=1e-12)
    assert found.shape == (9, 4) and found.dtype == np.float64


def area_of(own: Sequence[np.ndarray], others: Sequence[np.ndarray], times: Sequence[int]) -> float:
    """The area where the cosines of each subject count so many times."""
    return Wins.of(own, others).auc(np.array(times, np.float64))


def made_subjects(rng: np.random.Generator, digits: int, subjects: int = 6) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Cosines of each subject with its own target and with others, so many of each that no two subjects have as many; rounded."""
    own = [np.round(rng.normal(0.7, 1, 20 + 5 * place), digits) for place in range(subjects)]
    return own, [np.round(rng.normal(0, 1, 90 - 7 * place), digits) for place in range(subjects)]


@pytest.mark.parametrize("digits", [0, 1, 8])  # with many, some and hardly any that are equal
def test_the_area_is_that_of_an_independent_implementation(digits):
    own, others = made_subjects(np.random.default_rng(1), digits)
    assert area_of(own, others, [1] * 6) == pytest.approx(area(np.concatenate(own), np.concatenate(others)), abs=1e-12)


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_the_area_is_the_weighted_share_of_all_pairs_that_an_own_target_wins(digits):
    """Of every pair of cosines, with a weight for each: how often the subject was drawn. Equal ones are half a win."""
    own, others = made_subjects(np.random.default_rng(2), digits)
    times = [0, 3, 1, 1, 0, 2]
    won = weight = 0.0
    for one, mine in zip(times, own, strict=True):
        for other, theirs in zip(times, others, strict=True):
            for value in mine:
                won += one * other * (np.sum(value > theirs) + np.sum(value == theirs) / 2)
                weight += one * other * len(theirs)
    assert area_of(own, others, times) == pytest.approx(won / weight, abs=1e-12)


def test_a_subject_drawn_twice_is_as_good_as_its_cosines_repeated():
    own, others = made_subjects(np.random.default_rng(3), 1)
    times = [2, 0, 1, 3, 0, 0]
    repeated = [np.concatenate([np.tile(each, number) for each, number in zip(sort, times, strict=True)]) for sort in (own, others)]
    assert area_of(own, others, times) == pytest.approx(area(*repeated), abs=1e-12)


def test_clean_and_wrong_and_equal_are_one_and_nothing_and_a_half():
    low, high = [np.array([0.1, 0.2, 0.3])], [np.array([0.7, 0.8, 0.9])]
    assert (area_of(high, low, [1]), area_of(low, high, [1]), area_of(low, low, [1])) == (1, 0, 0.5)


def test_a_frame_is_reidentified_where_its_own_target_is_the_nearest():
    np.testing.assert_array_equal(values("reidentified", "ann", 10, 44, 46, 170), [1, 1, 0, 0])
    np.testing.assert_array_equal(values("reidentified", "ben", 10, 44, 46, 134, 136), [0, 0, 1, 1, 0])
    np.testing.assert_array_equal(values("reidentified", "cem", 136, -170), [1, 1])


def test_a_frame_as_near_to_another_target_is_not_reidentified():
    twins = Gallery(("ann", "ben"), {"dlib": np.float32([[1, 0], [1, 0]])}, {})
    np.testing.assert_array_equal(values("reidentified", "ann", 0, 30, gallery=twins), [0, 0])


def test_the_area_is_of_the_own_target_against_the_others_in_their_order():
    found = values("reidentified_auc", "ben", 0, 60)
    np.testing.assert_allclose(found, np.cos(np.radians([[90, 0, 180], [30, 60, 120]])), atol=1e-6)


def test_one_subject_has_nobody_to_be_taken_for():
    alone = Gallery(("ann",), {"dlib": np.float32([[1, 0]])}, {})
    for name in ("reidentified", "reidentified_auc"):
        assert values(name, "ann", 0, gallery=alone) is None


@pytest.mark.parametrize("name", ["reidentified", "reidentified_auc"])
def test_each_network_has_its_own_gallery(name):
    both = Gallery(("ann", "ben"), {"dlib": np.float32([[1, 0], [0, 1]]), "onnx": np.float32([[0, 1], [1, 0]])}, {})
    comparison = compared(faces({"dlib": np.float32([[1, 0]]), "onnx": np.float32([[1, 0]])}), gallery=both, subject="ann")
    first, second = METRICS[name].values(comparison), METRICS[f"{name}_onnx"].values(comparison)
    assert first.ravel()[0] == 1 and second.ravel()[0] == 0
    assert METRICS[f"{name}_onnx"].values(compared(faces(at(0)), gallery=both, subject="ann")) is None


def made_cosines(seed: int, subjects: int = 7, others: int = 4) -> tuple[list[np.ndarray], list[str]]:
    """(F, 1 + others) of items, 3 to 6 frames each, that lean to their own target more or less."""
    rng = np.random.default_rng(seed)
    items = [np.round(rng.normal(0, 0.3, (rng.integers(3, 7), 1 + others)), 2) for _ in range(2 * subjects)]
    for place, item in enumerate(items):
        item[:, 0] += 0.05 + 0.1 * (place % subjects)
    return items, [f"subject {place % subjects}" for place in range(2 * subjects)]


def test_the_figure_is_the_area_over_all_frames_and_targets():
    items, subjects = made_cosines(3)
    found = METRICS["reidentified_auc"].reduce(items, subjects, np.random.default_rng(0))
    everything = np.concatenate(items)
    assert found.number == pytest.approx(area(everything[:, 0], everything[:, 1:].ravel()))
    assert found.count == len(everything)


def test_the_interval_is_that_of_a_bootstrap_that_lists_every_frame():
    """A subject that is drawn twice counts twice with all its frames, beside its own target and beside the others'."""
    items, subjects = made_cosines(3)
    names = sorted(set(subjects))
    of_subject = [np.concatenate([item for item, own in zip(items, subjects, strict=True) if own == name]) for name in names]
    figures = []
    for times in draws(len(names), AUC_RESAMPLES, np.random.default_rng(0)).astype(int):
        listed = np.concatenate([frames for frames, number in zip(of_subject, times, strict=True) for _ in range(number)])
        figures.append(area(listed[:, 0], listed[:, 1:].ravel()))
    found = METRICS["reidentified_auc"].reduce(items, subjects, np.random.default_rng(0))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(figures, [2.5, 97.5])))
    assert found.low < found.number < found.high


def test_frames_of_one_subject_have_no_interval():
    items, _ = made_cosines(4)
    found = METRICS["reidentified_auc"].reduce(items, ["one"] * len(items), np.random.default_rng(0))
    assert 0.5 < found.number < 1 and (found.low, found.high) == (None, None)
